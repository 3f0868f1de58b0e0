import { create } from "zustand";

export type Theme = "system" | "light" | "dark";

const KEY = "theme";
const dark = () => matchMedia("(prefers-color-scheme: dark)");

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

const useStore = create<{ theme: Theme }>(() => ({ theme: stored() }));

const isDark = (theme: Theme) => theme === "dark" || (theme === "system" && dark().matches);
const paint = () => document.documentElement.classList.toggle("dark", isDark(useStore.getState().theme));

export function setTheme(theme: Theme) {
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  useStore.setState({ theme });
  paint();
}

/** The other one of light and dark, whatever it came from. */
export const toggleTheme = () => setTheme(isDark(useStore.getState().theme) ? "light" : "dark");

/** Goes along when the system changes its mind, or another tab does. */
export function followTheme() {
  dark().addEventListener("change", paint);
  addEventListener("storage", (e) => {
    if (e.key !== KEY) return;
    useStore.setState({ theme: stored() });
    paint();
  });
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  return [useStore((s) => s.theme), setTheme];
}
