import { Store } from "@/api/store";

export type ThemeChoice = "system" | "light" | "dark";

const system = matchMedia("(prefers-color-scheme: light)");

export const themeChoice = new Store<ThemeChoice>(stored());

/** Follows the system's theme from now on, as long as no other was chosen. */
export function followSystemTheme(): void {
  system.addEventListener("change", apply);
}

/** Chooses a theme and remembers it. */
export function chooseTheme(choice: ThemeChoice): void {
  themeChoice.set(choice);
  try {
    if (choice === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", choice);
  } catch {
    // Storage may be blocked; the choice then lasts as long as the page.
  }
  apply();
}

function apply(): void {
  const choice = themeChoice.get();
  const light = choice === "light" || (choice === "system" && system.matches);
  document.documentElement.dataset.theme = light ? "light" : "dark";
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", light ? "#eef3f1" : "#101b1f");
}

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem("theme");
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}
