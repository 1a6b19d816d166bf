// Its package has types, and does not say where.
declare module "dom-accessibility-api" {
  export function computeAccessibleName(element: Element): string;
}
