import "../styles.css";
import { speaksEnglish, spoken } from "./i18n";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { hearOpened } from "@/lib/opened";
import { followTheme } from "@/lib/theme";
import { Providers } from "./providers";
import { router } from "./router";

followTheme();
hearOpened();
const root = document.getElementById("root");
function show() {
  if (root)
    createRoot(root).render(
      <Providers>
        <RouterProvider router={router} />
      </Providers>,
    );
}
if (speaksEnglish) show();
else void spoken.finally(show);
