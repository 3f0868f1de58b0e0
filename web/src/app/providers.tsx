import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, type ReactNode, StrictMode, Suspense } from "react";
import { TipProvider } from "@/ui";
import { Boundary } from "./Boundary";
import { queries } from "./queries";

const Toaster = lazy(() => import("@/ui/Toaster"));

export function Providers({ children }: { children: ReactNode }) {
  return (
    <StrictMode>
      <QueryClientProvider client={queries}>
        <TipProvider delayDuration={350} skipDelayDuration={200}>
          <Boundary>
            <Suspense fallback={null}>{children}</Suspense>
          </Boundary>
          <Suspense fallback={null}>
            <Toaster />
          </Suspense>
        </TipProvider>
      </QueryClientProvider>
    </StrictMode>
  );
}
