/**
 * The conventions that dates and numbers are written by: the catalogue's language, so that a sentence is of one piece,
 * in the system's region, so that clocks, decimal signs and the first day of the week are what the person is used to.
 */

interface WeekInfo {
  firstDay?: number;
}

/** The system's own tags, the preferred first. */
export function systemLanguages(): readonly string[] {
  return navigator.languages?.length ? navigator.languages : [navigator.language || "en"];
}

/** The tag to format by when texts are in `language` on a system that prefers `system`. */
export function conventions(language: string, system: string): string {
  try {
    const theirs = new Intl.Locale(system);
    if (theirs.language === new Intl.Locale(language).language) return theirs.toString();
    const region = theirs.maximize().region;
    return new Intl.Locale(language, region ? { region } : {}).toString();
  } catch {
    return language; // a system whose own tag is not well formed
  }
}

// Where the web view does not know: the countries whose week begins on another day than Monday (CLDR's weekData).
const SUNDAY =
  "AG AS AU BD BR BS BT BW BZ CA CN CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW";
const SATURDAY = "AE AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY";

/** The first day of the week there: 1 is Monday, 7 is Sunday. */
export function firstDayOfWeek(tag: string): number {
  const locale = new Intl.Locale(tag) as Intl.Locale & { weekInfo?: WeekInfo; getWeekInfo?: () => WeekInfo };
  const known = locale.getWeekInfo?.().firstDay ?? locale.weekInfo?.firstDay;
  if (known) return known;
  const region = locale.maximize().region ?? "";
  if (SUNDAY.includes(region)) return 7;
  return SATURDAY.includes(region) ? 6 : 1;
}
