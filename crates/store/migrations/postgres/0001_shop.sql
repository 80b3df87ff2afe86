-- The shop's first schema. The twin for SQLite has the same tables, columns and indexes (a test compares them).
-- Ids are hyphenated UUIDs, times unix milliseconds, money whole yen with tax, flags 0 or 1.
-- Columns marked "sealed" hold what the vault sealed; "blind" ones hold its 16-byte blind indexes.

create table meta (
  key text primary key,
  value text not null
);

create table counter (
  name text primary key,
  value bigint not null
);

-- Catalogue -----------------------------------------------------------------------------------------------

create table category (
  id text primary key,
  slug text not null unique,
  position bigint not null,
  name_ja text not null,
  name_en text not null,
  lead_ja text not null,
  lead_en text not null
);

create table product (
  id text primary key,
  slug text not null unique,
  category_id text not null references category (id),
  position bigint not null,
  featured bigint not null,                 -- place on the home page, from 1; 0 is not there
  status text not null,
  name_ja text not null,
  name_en text not null,
  lead_ja text not null,
  lead_en text not null,
  body_ja text not null,
  body_en text not null,
  ingredients_ja text not null,
  ingredients_en text not null,
  storage_ja text not null,
  storage_en text not null,
  shelf_life_days bigint not null,
  allergens text not null,                   -- JSON array of words
  nutrition text,                            -- JSON, per 100 g
  nutrition_source text not null,
  tax_class text not null,
  cool bigint not null,
  created_at bigint not null,
  updated_at bigint not null
);
create index product_by_category on product (category_id, position);

create table variant (
  id text primary key,
  product_id text not null references product (id),
  sku text not null unique,
  position bigint not null,
  status text not null,
  name_ja text not null,
  name_en text not null,
  price bigint not null check (price >= 0),
  pieces bigint not null,
  weight_grams bigint not null,
  updated_at bigint not null
);
create index variant_by_product on variant (product_id, position);

create table picture (
  id text primary key,
  product_id text references product (id),
  position bigint not null,
  alt_ja text not null,
  alt_en text not null,
  media_type text not null,
  width bigint not null,
  height bigint not null,
  sha256 bytea not null,
  bytes bytea not null,
  created_at bigint not null
);
create index picture_by_product on picture (product_id, position);

create table branch (
  id text primary key,
  position bigint not null,
  name_ja text not null,
  name_en text not null,
  address_ja text not null,
  address_en text not null,
  phone text not null,
  hours_ja text not null,
  hours_en text not null,
  terminal text not null                     -- the card terminal's system, which is not this shop's
);

create table stock_level (
  variant_id text primary key references variant (id),
  on_hand bigint not null,
  reserved bigint not null,
  check (reserved >= 0 and reserved <= on_hand)
);

create table stock_adjustment (
  id text primary key,
  variant_id text not null references variant (id),
  reason text not null,
  quantity bigint not null,
  on_hand bigint not null,                  -- after the movement
  reserved bigint not null,                 -- after the movement
  order_id text,
  staff_id text,
  created_at bigint not null
);
create index stock_adjustment_by_variant on stock_adjustment (variant_id, created_at);

-- Bigrams made by the shop; see search.rs. The one table whose form differs between the databases.
create table product_search (
  product_id text primary key,
  title text not null,
  body text not null,
  words tsvector not null
);
create index product_search_words on product_search using gin (words);

-- Visitors ------------------------------------------------------------------------------------------------

create table visit (
  id_hash bytea primary key,                  -- SHA-256 of the cookie
  csrf_nonce bytea not null,
  locale text not null,
  created_at bigint not null,
  last_seen_at bigint not null
);
create index visit_by_last_seen on visit (last_seen_at);

create table cart_line (
  visit_hash bytea not null references visit (id_hash) on delete cascade,
  variant_id text not null references variant (id),
  quantity bigint not null check (quantity > 0),
  added_at bigint not null,
  primary key (visit_hash, variant_id)
);

create table customer (
  id text primary key,                       -- the person's id in the vault
  email bytea not null,                       -- sealed
  contact bytea,                              -- sealed
  email_index bytea not null,                 -- blind
  phone_index bytea,                          -- blind
  name_index bytea,                           -- blind
  locale text not null,
  channel text not null,
  status text not null,
  created_at bigint not null,
  updated_at bigint not null
);
create index customer_by_email on customer (email_index);
create index customer_by_phone on customer (phone_index);
create index customer_by_name on customer (name_index);

-- Orders --------------------------------------------------------------------------------------------------

create table orders (
  id text primary key,
  number text not null unique,
  seq bigint not null unique,
  person_id text not null,
  customer_id text references customer (id), -- null: a guest
  state text not null,
  channel text not null,
  payment_method text not null,
  locale text not null,
  placed_at bigint not null,
  updated_at bigint not null,
  subtotal bigint not null,
  shipping_fee bigint not null,
  cod_fee bigint not null,
  total bigint not null,
  email bytea not null,                       -- sealed: the address used at this order
  email_index bytea not null,                 -- blind
  contact bytea not null,                     -- sealed: as used at this order
  name_index bytea not null,                  -- blind
  phone_index bytea not null,                 -- blind
  message_grant bytea,                        -- opaque, the vault's
  hold_reason text
);
create index orders_by_time on orders (placed_at, id);
create index orders_by_state on orders (state, placed_at, id);
create index orders_by_person on orders (person_id);
create index orders_by_customer on orders (customer_id, placed_at);
create index orders_by_email on orders (email_index);
create index orders_by_name on orders (name_index);
create index orders_by_phone on orders (phone_index);

create table order_recipient (
  id text primary key,
  order_id text not null references orders (id),
  position bigint not null,
  person_id text not null,
  is_orderer bigint not null,
  contact bytea not null,                     -- sealed
  message bytea,                              -- sealed: card and name under the noshi
  noshi text not null,
  wrapping text not null,
  delivery_date text,                        -- YYYY-MM-DD
  time_slot text not null,
  region text not null,
  shipping_fee bigint not null,
  goods_total bigint not null
);
create index order_recipient_by_order on order_recipient (order_id, position);
create index order_recipient_by_person on order_recipient (person_id);

create table order_line (
  id text primary key,
  order_id text not null references orders (id),
  recipient_id text not null references order_recipient (id),
  position bigint not null,
  variant_id text not null references variant (id),
  sku text not null,
  name_ja text not null,
  name_en text not null,
  unit_price bigint not null,
  quantity bigint not null check (quantity > 0),
  tax_class text not null
);
create index order_line_by_order on order_line (order_id, position);

create table order_tax (
  order_id text not null references orders (id),
  class text not null,
  gross bigint not null,
  tax bigint not null,
  primary key (order_id, class)
);

create table order_event (
  id text primary key,
  order_id text not null references orders (id),
  event text not null,
  state text not null,                       -- after the event
  staff_id text,
  created_at bigint not null
);
create index order_event_by_order on order_event (order_id, created_at);

create table fulfillment (
  id text primary key,
  order_id text not null references orders (id),
  recipient_id text not null unique references order_recipient (id),
  state text not null,
  carrier text,
  tracking_number text,
  shipped_at bigint,
  delivered_at bigint,
  updated_at bigint not null
);
create index fulfillment_by_order on fulfillment (order_id);

-- Money ---------------------------------------------------------------------------------------------------

create table payment (
  id text primary key,
  order_id text not null references orders (id),
  attempt bigint not null,
  method text not null,
  state text not null,
  amount bigint not null,
  received bigint not null,
  refunded bigint not null,
  brand text,
  last4 text,
  fingerprint text,
  failure_code text,
  three_d_secure text,
  created_at bigint not null,
  updated_at bigint not null,
  seen_at bigint not null,                  -- the reporter's clock at the newest report applied
  unique (order_id, attempt)
);

create table payment_event (
  key text primary key,                      -- what makes the report one and the same
  payment_id text not null references payment (id),
  state text not null,
  received bigint not null,
  refunded bigint not null,
  brand text,
  last4 text,
  fingerprint text,
  failure_code text,
  seen_at bigint not null,
  created_at bigint not null
);
create index payment_event_by_payment on payment_event (payment_id, created_at);

create table refund (
  id text primary key,                       -- also the idempotency key at the till
  order_id text not null references orders (id),
  payment_id text not null references payment (id),
  amount bigint not null check (amount > 0),
  state text not null,
  reason text not null,
  failure_code text,
  staff_id text,
  attempts bigint not null,
  next_at bigint not null,
  created_at bigint not null,
  updated_at bigint not null
);
create index refund_by_order on refund (order_id);
create index refund_by_state on refund (state, next_at);

create table card_entry (
  id text primary key,
  visit_hash bytea not null,
  order_id text references orders (id),
  person_id text,
  opened_at bigint not null,
  updated_at bigint not null,
  channel text not null,
  signed_in bigint not null,
  entry text not null,
  step text not null,
  outcome text not null,
  brand text,
  last4 text,
  fingerprint text
);
create index card_entry_by_visit on card_entry (visit_hash);
create index card_entry_by_order on card_entry (order_id);
create index card_entry_by_time on card_entry (opened_at);

create table card_entry_page (
  entry_id text not null references card_entry (id),
  page_kind text not null,
  sha256 bytea not null,
  served_at bigint not null,
  primary key (entry_id, page_kind, sha256)
);

-- Messages and people who work here -----------------------------------------------------------------------

create table outbox (
  id text primary key,
  once text not null unique,                 -- what must not be told twice
  kind text not null,
  order_id text references orders (id),
  fulfillment_id text references fulfillment (id),
  refund_id text references refund (id),
  state text not null,
  attempts bigint not null,
  attempt_id text,
  next_at bigint not null,
  claimed_until bigint,
  data_begun bigint not null,               -- the mail server was given the text, or part of it
  last_error text,
  created_at bigint not null,
  sent_at bigint
);
create index outbox_by_state on outbox (state, next_at);
create index outbox_by_order on outbox (order_id);

create table inquiry (
  id text primary key,
  person_id text not null,
  email bytea not null,                       -- sealed
  email_index bytea not null,                 -- blind
  contact bytea not null,                     -- sealed: the name as typed
  body bytea not null,                        -- sealed
  locale text not null,
  state text not null,
  created_at bigint not null,
  updated_at bigint not null
);
create index inquiry_by_state on inquiry (state, created_at);
create index inquiry_by_email on inquiry (email_index);

create table staff (
  id text primary key,
  login text not null unique,
  display_name text not null,
  role text not null,
  status text not null,
  created_at bigint not null
);

create table staff_action (
  id text primary key,
  staff_id text not null references staff (id),
  action text not null,
  subject text not null,                     -- what it was done to: a kind and an id
  detail text not null,                      -- never personal
  created_at bigint not null
);
create index staff_action_by_time on staff_action (created_at);
create index staff_action_by_subject on staff_action (subject, created_at);

insert into counter (name, value) values ('order', 0);
-- A sequence does not make two buyers wait for each other; the row above serves SQLite, which has one writer.
create sequence order_seq;
