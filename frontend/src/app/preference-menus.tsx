import { useNavigate } from "@tanstack/react-router";
import { Ellipsis, Languages, LogOut } from "lucide-react";
import { logOut } from "@/api/session";
import { useStore } from "@/api/store";
import { changeLanguage, useText } from "@/text/i18n";
import { IconButton } from "@/ui/button";
import { Menu, MenuChoice, MenuItem, MenuLine } from "@/ui/menu";
import { pages } from "./pages";
import { chooseTheme, themeChoice } from "./theme";
import { ThemeButton, type ThemeButtonProps, themeIcons } from "./theme-button";

const icon = { size: 18, strokeWidth: 1.75, "aria-hidden": true } as const;

/** The rail's theme button with its menu. */
export function ThemeMenu(props: ThemeButtonProps) {
  return (
    <Menu align="start" side="top" trigger={<ThemeButton {...props} />}>
      <ThemeChoices />
    </Menu>
  );
}

/** The phone's menu: the pages that have no tab, and what stands at the rail's foot elsewhere. */
export function MoreMenu() {
  const { t, language } = useText();
  const navigate = useNavigate();
  return (
    <Menu
      trigger={
        <IconButton label={t("nav.more")}>
          <Ellipsis size={20} aria-hidden />
        </IconButton>
      }
    >
      {pages
        .filter((page) => !page.tab)
        .map(({ to, text, icon: Icon }) => (
          <MenuItem key={to} icon={<Icon {...icon} />} onSelect={() => void navigate({ to })}>
            {t(text)}
          </MenuItem>
        ))}
      <MenuLine />
      <ThemeChoices />
      <MenuLine />
      <MenuItem icon={<Languages {...icon} />} onSelect={() => void changeLanguage(language === "en" ? "zh-CN" : "en")}>
        {t("language.other")}
      </MenuItem>
      <MenuItem icon={<LogOut {...icon} />} onSelect={() => void logOut()}>
        {t("action.logOut")}
      </MenuItem>
    </Menu>
  );
}

function ThemeChoices() {
  const { t } = useText();
  const choice = useStore(themeChoice);
  const options = (["system", "light", "dark"] as const).map((value) => {
    const Icon = themeIcons[value];
    return { value, label: t(`theme.${value}`), icon: <Icon {...icon} /> };
  });
  return <MenuChoice label={t("theme.label")} value={choice} options={options} onChange={chooseTheme} />;
}
