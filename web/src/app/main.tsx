import "../styles.css";
import "./i18n";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { followTheme } from "@/lib/theme";
import { Providers } from "./providers";
import { router } from "./router";

followTheme();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <Providers>
      <RouterProvider router={router} />
    </Providers>,
  );
}
