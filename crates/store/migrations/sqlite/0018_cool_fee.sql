-- What of a recipient's shipping fee is charged for goods that are kept cool stands by itself on pages, receipts and mails.

alter table order_recipient add column cool_fee integer not null default 0; -- 0, too: placed before this column was
