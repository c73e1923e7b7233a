import { type LucideIcon, Moon, Sun, SunMoon } from "lucide-react";
import type { ComponentProps } from "react";
import { useStore } from "@/api/store";
import { useText } from "@/text/i18n";
import { type ThemeChoice, themeChoice } from "./theme";

export const themeIcons: Record<ThemeChoice, LucideIcon> = { system: SunMoon, light: Sun, dark: Moon };

export interface ThemeButtonProps extends ComponentProps<"button"> {
  labelClassName: string;
}

/** Shows the chosen theme; stands alone until its menu is loaded. */
export function ThemeButton({ labelClassName, ...rest }: ThemeButtonProps) {
  const { t } = useText();
  const choice = useStore(themeChoice);
  const Icon = themeIcons[choice];
  return (
    <button type="button" data-tip={t("theme.label")} aria-label={`${t("theme.label")}: ${t(`theme.${choice}`)}`} {...rest}>
      <Icon size={18} strokeWidth={1.75} aria-hidden />
      <span className={labelClassName}>{t(`theme.${choice}`)}</span>
    </button>
  );
}
