-- Accounts: mails that are about no order, and the address book.

alter table outbox add column account_grant blob;     -- opaque, the vault's; none once the mail has left
alter table outbox add column locale text;           -- of a mail about an account; an order has its own

create table customer_address (
  id text primary key,
  customer_id text not null references customer (id),
  contact blob not null,                    -- sealed, for the customer
  created_at integer not null,
  updated_at integer not null
) strict;
create index customer_address_by_customer on customer_address (customer_id, created_at);
