import { expect, test } from "vitest";
import type { RequestRecord } from "@/api/types";
import { requestsQuery } from "./queries";

const page = (next: string | null) => ({ items: [] as RequestRecord[], next, total: null });

test("a tab keeps no more than 10,000 requests, however many there are", () => {
  const { getNextPageParam } = requestsQuery({});
  const after = (count: number) => {
    const pages = Array.from({ length: count }, () => page("more"));
    return getNextPageParam(page("more") as never, pages as never, "", []);
  };
  expect(after(1)).toBe("more");
  expect(after(199)).toBe("more");
  expect(after(200)).toBeUndefined();
});
