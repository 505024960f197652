// SPDX-License-Identifier: Apache-2.0
// Wiring: the parts, then the connection.
import { byId } from "./dom.js";
import { connect, on, takeToken } from "./live.js";
import { startPeople } from "./people.js";
import { startChannel } from "./channel.js";
import { startForms } from "./form.js";
import { startInside } from "./inside.js";
import { startFaults } from "./faults.js";
import { startTour } from "./tour.js";

const SENTENCES = {
  up: "",
  lost: "The sandbox does not answer. Does its terminal still run? This page comes back by itself when it does.",
  token: "This page does not know the token. Open the whole address that the terminal shows, with #token=… at its end.",
};

function showLink(kind) {
  byId("lost").textContent = SENTENCES[kind];
  byId("lost").hidden = kind === "up";
  document.body.dataset.link = kind;
}

startPeople();
startChannel();
startForms();
startInside();
startFaults();
startTour();
on("link", showLink);
if (takeToken()) connect();
else showLink("token");
// The address with its token, opened again in this tab; not a link within the page.
addEventListener("hashchange", () => location.hash.startsWith("#token=") && takeToken() && location.reload());
document.body.dataset.ready = "yes";
