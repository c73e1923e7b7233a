import { expect, test } from "vitest";
import { neverAsked, operationsOfApi, operationsOfPage } from "../inventory.ts";
import { asked, phone } from "../walk.ts";

/** What the page's code asks for and a walk does not, each with its reason. */
const exceptions: Readonly<Record<string, string>> = {};

/** What the admin API has for scripts alone. */
const notOnPage: Readonly<Record<string, string>> = {
  "GET /admin/v1/gemini-keys/{id}": "the page reads a key together with its details",
  "GET /admin/v1/auth/me": "who just logged in knows",
  "GET /admin/v1/stats/failures": "the overview has the latest failures, and the requests page all of them",
};

/** That nothing was forgotten. */
export function inventoryWalk(): void {
  test("everything the page can ask the gateway for was asked for on this walk", () => {
    const wanted = operationsOfPage();
    expect(wanted.size, "operations found in the page's code").toBeGreaterThan(50);
    const missing = neverAsked(wanted, asked).filter((operation) => !(operation in exceptions));
    expect(
      missing,
      `acts without a walk ${phone ? "on a phone" : "on a desk"}: walk them, or say why not in e2e/walks/inventory.ts: ${missing}`,
    ).toEqual([]);
  });

  test("every operation of the admin API is on the page, or said to be for scripts", () => {
    const used = operationsOfPage();
    const missing = [...operationsOfApi()].filter((operation) => !used.has(operation) && !(operation in notOnPage));
    expect(missing, `operations without a place on the page: ${missing}`).toEqual([]);
    const unknown = [...used].filter((operation) => operation.includes("/admin/v1/") && !operationsOfApi().has(operation));
    expect(unknown, "operations that the API does not have").toEqual([]);
  });
}
