import { expect, it } from "vitest";
import { hueOf, initials } from "./Avatar";

it("makes initials of names, addresses and numbers", () => {
  expect(initials("Chloé Moreau")).toBe("CM");
  expect(initials("Ana Maria de Souza")).toBe("AS");
  expect(initials("new.person@somewhere.example")).toBe("NE");
  expect(initials("+47 912 88 304")).toBe("#");
  expect(initials("Élodie")).toBe("É");
});

it("gives a person the colour the server gives them", () => {
  expect(hueOf("con_01m7yjdjmvfnzb3ypg1hgzb4z8")).toBe(120);
  expect(hueOf("con_01m7yjc6pqea1td5n2f6qrbxq3")).toBe(240);
  expect(hueOf("con_01m7yjatrcecd9drt9aqcck100")).toBe(150);
});
