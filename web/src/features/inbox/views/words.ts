import i18n from "i18next";

/** A part that speaks of filters, together with the words for it. */
export async function withFilterWords<M>(part: Promise<M>): Promise<M> {
  const [module] = await Promise.all([part, i18n.loadNamespaces("filters")]);
  return module;
}
