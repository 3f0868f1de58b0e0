import { useState } from "react";
export type Theme = "system" | "light" | "dark";
export function useTheme(): [Theme, (t: Theme) => void] { const [t, set] = useState<Theme>(() => (localStorage.getItem("theme") as Theme) ?? "system"); return [t, (v) => { localStorage.setItem("theme", v); set(v); document.documentElement.classList.toggle("dark", v === "dark" || (v === "system" && matchMedia("(prefers-color-scheme:dark)").matches)); }]; }
