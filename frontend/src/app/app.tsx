import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Problem, Unreachable } from "@/api/problem";
import { resume, session } from "@/api/session";
import { useStore } from "@/api/store";
import { BootScreen } from "./boot-screen";
import { router } from "./router";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The connection notice reads everything anew when the gateway is back, and an error of the gateway does not heal by asking again.
      retry: (failures, error) => failures < 1 && !(error instanceof Unreachable) && !(error instanceof Problem),
      networkMode: "always",
      staleTime: 2_000,
    },
    mutations: { networkMode: "always" },
  },
});

/** Waits until the session is taken up, and tries again where that failed; then shows the pages, and follows the session when it ends. */
export function App({ resumed: first }: { resumed: Promise<void> }) {
  const [resumed, setResumed] = useState(false);
  const state = useStore(session);
  useEffect(() => {
    let stopped = false;
    const settle = (attempt: Promise<void>) => {
      attempt.then(
        () => !stopped && setResumed(true),
        // The gateway sleeps or is away; the boot screen says so, and the session is taken up when it answers.
        () => !stopped && setTimeout(() => !stopped && settle(resume()), 3_000),
      );
    };
    settle(first);
    return () => {
      stopped = true;
    };
  }, [first]);
  useEffect(() => {
    if (!resumed || state !== "out") return;
    queries.clear();
    void router.invalidate();
  }, [resumed, state]);
  if (!resumed) return <BootScreen />;
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
