//! Noshi: the paper with a printed cord that a Japanese gift wears, and its wrapping.

crate::words! {
    /// The occasion, which decides cord (水引) and inscription (表書き).
    Noshi {
        /// No noshi.
        None = "none",
        /// お祝 - a joy that may come again: red and white bow.
        Celebration = "celebration",
        /// 内祝 - thanks for a gift received for a joy: red and white bow.
        ReturnGift = "return_gift",
        /// 御礼 - thanks: red and white bow.
        Thanks = "thanks",
        /// 寿 - wedding, which shall not come again: red and white knot.
        Wedding = "wedding",
        /// お中元 - midsummer gift: red and white bow.
        Midsummer = "midsummer",
        /// お歳暮 - year-end gift: red and white bow.
        YearEnd = "year_end",
        /// 御見舞 - to the sick: red and white knot, without the noshi mark.
        GetWell = "get_well",
        /// 志 - thanks after a funeral: black and white knot, without the noshi mark.
        Memorial = "memorial",
    }
}

crate::words! {
    /// The printed cord.
    Cord {
        /// 紅白蝶結び: can be tied again.
        RedWhiteBow = "red_white_bow",
        /// 紅白結び切り: tied once.
        RedWhiteKnot = "red_white_knot",
        /// 黒白結び切り.
        BlackWhiteKnot = "black_white_knot",
    }
}

crate::words! {
    /// Where the noshi lies.
    NoshiPlace {
        /// 内のし - on the box, under the wrapping: usual for what a carrier brings.
        Inside = "inside",
        /// 外のし - on the wrapping.
        Outside = "outside",
    }
}

crate::words! {
    /// How the goods are wrapped.
    Wrapping {
        /// The box alone.
        None = "none",
        /// The shop's paper.
        Paper = "paper",
    }
}

impl Noshi {
    /// The cord printed on it; none without a noshi.
    pub fn cord(self) -> Option<Cord> {
        match self {
            Noshi::None => None,
            Noshi::Wedding | Noshi::GetWell => Some(Cord::RedWhiteKnot),
            Noshi::Memorial => Some(Cord::BlackWhiteKnot),
            _ => Some(Cord::RedWhiteBow),
        }
    }

    /// The inscription above the cord, always Japanese: it is printed on the paper.
    pub fn inscription(self) -> &'static str {
        match self {
            Noshi::None => "",
            Noshi::Celebration => "御祝",
            Noshi::ReturnGift => "内祝",
            Noshi::Thanks => "御礼",
            Noshi::Wedding => "寿",
            Noshi::Midsummer => "御中元",
            Noshi::YearEnd => "御歳暮",
            Noshi::GetWell => "御見舞",
            Noshi::Memorial => "志",
        }
    }
}
