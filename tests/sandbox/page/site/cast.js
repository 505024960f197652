// SPDX-License-Identifier: Apache-2.0
// Who there is and where they talk, as the sandbox has it on each side.
export const CHANNEL = "C0ROOTOPS";
export const ROOM = "!room0sandbox:sandbox.local";
export const BOT = "U0REGUARD";

export const PEOPLE = [
  { key: "ana", name: "Ana", id: "U0ANA0001", dm: "D0ANA0001", role: "Admin" },
  { key: "ben", name: "Ben", id: "U0BEN0001", dm: "D0BEN0001", role: "Admin" },
  { key: "cleo", name: "Cleo", id: "U0CLEO001", dm: "D0CLEO001", role: "Admin, SSO" },
  { key: "dan", name: "Dan", id: "U0DAN0001", dm: "D0DAN0001", role: "no Admin" },
  { key: "gil", name: "Gil", id: "U0GIL0001", dm: "D0GIL0001", role: "guest" },
  { key: "eve", name: "Eve", id: "U0EVE0001", dm: "D0EVE0001", role: "outsider" },
];
const REGUARD = { key: "reguard", name: "reguard", id: BOT };

export const personById = (id) => [...PEOPLE, REGUARD].find((p) => p.id === id);
export const personByKey = (key) => [...PEOPLE, REGUARD].find((p) => p.key === key);
