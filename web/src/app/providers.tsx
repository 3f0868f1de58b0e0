import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, type ReactNode, StrictMode, Suspense } from "react";
import { Boundary } from "./Boundary";
import { queries } from "./queries";

const Toaster = lazy(() => import("@/ui/Toaster"));
const TipLayer = lazy(() => import("@/ui/TipLayer"));

export function Providers({ children }: { children: ReactNode }) {
  return (
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Boundary>
          <Suspense fallback={null}>{children}</Suspense>
        </Boundary>
        <Suspense fallback={null}>
          <Toaster />
        </Suspense>
        <Suspense fallback={null}>
          <TipLayer />
        </Suspense>
      </QueryClientProvider>
    </StrictMode>
  );
}
