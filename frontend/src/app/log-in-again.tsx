import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef } from "react";
import { session } from "@/api/session";
import { useStore } from "@/api/store";
import { loadText } from "@/text/i18n";

const AgainDialog = lazy(async () => {
  const [file] = await Promise.all([import("@/features/login/again-dialog"), loadText("login")]);
  return { default: file.AgainDialog };
});

/** Asks for the password over the page when a session has run out, so that nothing typed on the page is lost. */
export function LogInAgain() {
  const queries = useQueryClient();
  const expired = useStore(session) === "expired";
  const was = useRef(false);
  useEffect(() => {
    // By this dialog, or by that of another tab.
    if (was.current && session.get() === "in") void queries.invalidateQueries();
    was.current = expired;
  }, [expired, queries]);
  if (!expired) return null;
  return (
    <Suspense>
      <AgainDialog />
    </Suspense>
  );
}
