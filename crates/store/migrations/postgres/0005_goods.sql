-- Goods: readings to find them by, pictures in several sizes, news, and what stock was before each movement.
-- Search needs no table: its index is in memory (domain::search).

drop table product_search;

alter table product add column reading text not null default '';
create index product_by_updated on product (updated_at);
create index variant_by_updated on variant (updated_at);

-- Smaller forms of a picture. The picture itself is its largest form; a drawing has no other.
create table picture_size (
  picture_id text not null references picture (id) on delete cascade,
  size text not null,
  bytes bytea not null,
  primary key (picture_id, size)
);

create table news (
  id text primary key,
  state text not null,
  publish_at bigint not null,
  title_ja text not null,
  title_en text not null,
  body_ja text not null,                     -- Markdown
  body_en text not null,                     -- Markdown
  created_at bigint not null,
  updated_at bigint not null
);
create index news_by_publish on news (state, publish_at);

-- Null in movements of before this column.
alter table stock_adjustment add column on_hand_before bigint;
alter table stock_adjustment add column reserved_before bigint;
