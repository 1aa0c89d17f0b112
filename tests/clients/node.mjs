// One family's Node library as its users use it: node.mjs FAMILY HOST KEY
const [family, host, key] = process.argv.slice(2);
const when = new Date("2026-05-04T10:00:00Z");
const traits = { email: "ann@example.com", plan: "pro" };

function asSegment(client) {
  client.track({ anonymousId: "device", event: "Look", properties: { price: 3 }, timestamp: when });
  client.identify({ userId: "ann", anonymousId: "device", traits });
  client.track({ userId: "ann", event: "Buy", properties: { tags: ["a"] }, timestamp: when });
  client.page({ userId: "ann", name: "Home", category: "Checkout", properties: { url: "/" } });
  client.alias({ previousId: "old", userId: "ann" });
  client.track({ userId: "42", event: "Buy" });
  client.group({ userId: "ann", groupId: "acme" });
}

const families = {
  async segment() {
    const { Analytics } = await import("@segment/analytics-node");
    const client = new Analytics({ writeKey: key, host, maxRetries: 5 });
    client.on("error", (error) => console.error(error));
    asSegment(client);
    await client.closeAndFlush({ timeout: 20000 });
  },
  async rudder() {
    const { default: Rudder } = await import("@rudderstack/rudder-sdk-node");
    const client = new Rudder(key, { dataPlaneUrl: host, flushInterval: 200 });
    asSegment(client);
    await client.flush();
  },
  async posthog() {
    const { PostHog } = await import("posthog-node");
    const client = new PostHog(key, { host, flushAt: 50 });
    client.capture({ distinctId: "device", event: "Look", properties: { price: 3 }, timestamp: when });
    client.alias({ distinctId: "ann", alias: "device" });
    client.identify({ distinctId: "ann", properties: traits });
    client.capture({ distinctId: "ann", event: "Buy", properties: { tags: ["a"] }, timestamp: when });
    await client.shutdown(20000);
  },
  async mixpanel() {
    const { default: Mixpanel } = await import("mixpanel");
    const { host: place } = new URL(host);
    const client = Mixpanel.init(key, { host: place, protocol: "http" });
    const done = (call) =>
      new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
    await done((then) => client.track("Look", { distinct_id: "$device:phone", price: 3, time: when }, then));
    await done((then) => client.people.set("ann", { $email: "ann@example.com", plan: "pro" }, then));
    await done((then) => client.people.set_once("ann", { plan: "free", source: "ad" }, then));
    await done((then) => client.people.increment("ann", "visits", 2, then));
    const buy = { event: "Buy", properties: { distinct_id: "ann", $device_id: "phone", tags: ["a"] } };
    await done((then) => client.track_batch([buy], then));
  },
};

await families[family]();
