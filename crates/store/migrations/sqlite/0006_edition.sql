-- Editions: numbers that tell whether what anyone may look at is still the same. The database counts by itself, so that
-- no writer can forget to, not even one by hand. Of stock only what visitors are told counts: none, how many of the
-- last five, enough (domain::stock::FEW; a test compares).

create table edition (
  id integer primary key check (id = 1),
  catalogue integer not null,                -- texts, prices, pictures, news, the merchant's facts
  availability integer not null              -- what visitors are told of stock
) strict;
insert into edition (id, catalogue, availability) values (1, 0, 0);

create trigger category_made after insert on category
  begin update edition set catalogue = catalogue + 1; end;
create trigger category_changed after update on category
  begin update edition set catalogue = catalogue + 1; end;
create trigger category_removed after delete on category
  begin update edition set catalogue = catalogue + 1; end;
create trigger product_made after insert on product
  begin update edition set catalogue = catalogue + 1; end;
create trigger product_changed after update on product
  begin update edition set catalogue = catalogue + 1; end;
create trigger product_removed after delete on product
  begin update edition set catalogue = catalogue + 1; end;
create trigger variant_made after insert on variant
  begin update edition set catalogue = catalogue + 1; end;
create trigger variant_changed after update on variant
  begin update edition set catalogue = catalogue + 1; end;
create trigger variant_removed after delete on variant
  begin update edition set catalogue = catalogue + 1; end;
create trigger picture_made after insert on picture
  begin update edition set catalogue = catalogue + 1; end;
create trigger picture_changed after update on picture
  begin update edition set catalogue = catalogue + 1; end;
create trigger picture_removed after delete on picture
  begin update edition set catalogue = catalogue + 1; end;
create trigger branch_made after insert on branch
  begin update edition set catalogue = catalogue + 1; end;
create trigger branch_changed after update on branch
  begin update edition set catalogue = catalogue + 1; end;
create trigger branch_removed after delete on branch
  begin update edition set catalogue = catalogue + 1; end;
create trigger news_made after insert on news
  begin update edition set catalogue = catalogue + 1; end;
create trigger news_changed after update on news
  begin update edition set catalogue = catalogue + 1; end;
create trigger news_removed after delete on news
  begin update edition set catalogue = catalogue + 1; end;

create trigger meta_made after insert on meta when new.key = 'shop'
  begin update edition set catalogue = catalogue + 1; end;
create trigger meta_changed after update on meta when old.key = 'shop' or new.key = 'shop'
  begin update edition set catalogue = catalogue + 1; end;
create trigger meta_removed after delete on meta when old.key = 'shop'
  begin update edition set catalogue = catalogue + 1; end;

create trigger stock_level_made after insert on stock_level
  begin update edition set availability = availability + 1; end;
create trigger stock_level_changed after update on stock_level
  when min(old.on_hand - old.reserved, 6) <> min(new.on_hand - new.reserved, 6)
  begin update edition set availability = availability + 1; end;
create trigger stock_level_removed after delete on stock_level
  begin update edition set availability = availability + 1; end;

-- What was compared instead.
drop index product_by_updated;
drop index variant_by_updated;
