import { oneOf, positive, present, text } from "@/api/address";
import { type Metric, metrics } from "./metric";
import { type Part, type Range, ranges } from "./queries";

/** What the address of the console carries: what its chart shows. */
export interface ConsoleSearch {
  range?: Range | undefined;
  metric?: Metric | undefined;
  model?: string | undefined;
  /** A Gemini key's id. */
  key?: number | undefined;
  /** A user key's id. */
  user?: number | undefined;
}

export function consoleSearch(search: Record<string, unknown>): ConsoleSearch {
  return present<ConsoleSearch>({
    range: oneOf(ranges, search.range),
    metric: oneOf(metrics, search.metric),
    model: text(search.model),
    key: positive(search.key),
    user: positive(search.user),
  });
}

/** The part of all requests that an address names. */
export function partOf({ model, key, user }: ConsoleSearch): Part | undefined {
  if (model !== undefined) return { model };
  if (key !== undefined) return { gemini_key_id: key };
  return user === undefined ? undefined : { user_key_id: user };
}

/** The same, as the address carries it. */
export function searchOf(part: Part | undefined): Pick<ConsoleSearch, "model" | "key" | "user"> {
  return { model: part?.model, key: part?.gemini_key_id, user: part?.user_key_id };
}
