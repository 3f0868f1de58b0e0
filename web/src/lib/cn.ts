import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

// Told the own text sizes, or a size and a colour would be taken for the same thing.
const merge = extendTailwindMerge({
  extend: { classGroups: { "font-size": [{ text: ["2xs", "xs", "sm", "base", "md", "lg", "xl", "2xl"] }], shadow: [{ shadow: ["1", "2", "3"] }] } },
});

export const cn = (...classes: ClassValue[]) => merge(clsx(classes));
