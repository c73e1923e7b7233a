import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useText } from "@/text/i18n";
import { Button } from "./button";
import { toast } from "./toast";

interface CopyButtonProps {
  text: string;
  label: string;
  variant?: "primary" | "secondary" | "ghost";
  small?: boolean;
}

/** Copies text, and says so for two seconds in its own place. */
export function CopyButton({ text, label, variant = "ghost", small }: CopyButtonProps) {
  const { t } = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await writeClipboard(text);
      setCopied(true);
    } catch {
      toast("error", t("toast.copyFailed"));
    }
  };
  return (
    <Button
      variant={variant}
      small={small}
      onClick={copy}
      icon={copied ? <Check size={16} aria-hidden /> : <Copy size={16} strokeWidth={1.75} aria-hidden />}
    >
      <span aria-live="polite">{copied ? t("action.copied") : label}</span>
    </Button>
  );
}

/** The clipboard API exists on secure origins alone; a gateway at home is often plain http, so the old way stands behind it. */
async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  (document.querySelector("[role=dialog]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copying was refused");
}
