import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Signature } from "@/api/types";

export const useSignature = () => useQuery({ queryKey: ["signature"], queryFn: () => api.get<Signature>("/me/signature"), staleTime: 300_000 });
