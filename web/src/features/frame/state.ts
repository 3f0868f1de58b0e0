import { create } from "zustand";

/** Which of the frame's own dialogs is open. */
export const useFrame = create<{ palette: boolean; help: boolean }>(() => ({ palette: false, help: false }));
