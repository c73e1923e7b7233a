import { useEffect, useState } from "react";
import { connection } from "@/api/connection";
import { useStore } from "@/api/store";
import { Landscape } from "@/ui/landscape";
import { Logo } from "@/ui/logo";
import { ConnectionWords } from "./connection-notice";

const quietMs = 1_500;

/** What stands there until the session is taken up: nothing for a moment, then the mark, then words on what it waits for. */
export function BootScreen() {
  const { state } = useStore(connection);
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), quietMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main className="grid min-h-dvh place-items-center p-6">
      <Landscape mood="ok" />
      <div className="boot flex flex-col items-center gap-6">
        <Logo size={44} />
        <div role="status" className="flex min-h-12 items-center gap-3">
          {(late || state !== "up") && <ConnectionWords />}
        </div>
      </div>
    </main>
  );
}
