/** Asking the program behind the page: an answer, or a `Failure` that says what happened and what to do. */
import type { Failure } from "../bindings";
import { t } from "./i18n";

/** A command that failed, thrown so that what follows is not done. */
export class Refused extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** What the window says when nobody is behind it. */
export const GONE = "background-gone";

type Told<T> = { status: "ok"; data: T } | { status: "error"; error: Failure };

function isFailure(error: unknown): error is Failure {
  return typeof error === "object" && error !== null && "code" in error && "message" in error;
}

/** Any thrown thing as a failure to show. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Refused) return error.failure;
  if (isFailure(error)) return error;
  const details = error instanceof Error ? error.message : String(error);
  return {
    code: "window",
    message: t("failure.window"),
    advice: t("failure.window.advice"),
    step: "try-again",
    details,
  };
}

/** The answer of a command. Throws [`Refused`]. */
export async function ask<T>(command: Promise<Told<T>>): Promise<T> {
  let told: Told<T>;
  try {
    told = await command;
  } catch (error) {
    throw new Refused(asFailure(error));
  }
  if (told.status === "error") throw new Refused(asFailure(told.error));
  return told.data;
}
