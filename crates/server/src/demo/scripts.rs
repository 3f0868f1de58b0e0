//! What the simulated customers say.

use kernel::message::ChannelWord;

/// A conversation of the sample: turns are (minutes ago, agent?, text).
pub struct Thread {
    pub provider: &'static str,
    pub from: &'static str,
    pub name: &'static str,
    pub subject: &'static str,
    pub turns: &'static [(i64, bool, &'static str)],
    pub tags: &'static [&'static str],
    pub note: &'static str,
    pub resolved: bool,
    pub assigned: bool,
}
const PLAIN: Thread =
    Thread { provider: "webchat", from: "", name: "", subject: "", turns: &[], tags: &[], note: "", resolved: false, assigned: false };

pub const THREADS: &[Thread] = &[
    Thread {
        provider: "smtp",
        from: "chloe.moreau@atelier.example",
        name: "Chloé Moreau",
        subject: "Three colours missing",
        turns: &[
            (
                95,
                false,
                "Hi Mara,\n\nThe parcel arrived this morning, beautifully wrapped as always. Sadly three of the swatches weren't inside: Sage, Rust and Ink. I've marked them on the packing slip.\n\nWe cut on Thursday, so if they can leave today by express I'm happy to cover the difference.\n\nWarmly,\nChloé",
            ),
            (
                62,
                true,
                "Hi Chloé,\n\nSorry about that! Stock shows all three in Lyon. I'll have a courier collect them at 16:00, at no charge.\n\nMara",
            ),
            (12, false, "That would be wonderful, thank you. Could you send me the tracking number when it leaves?"),
        ],
        tags: &["VIP", "Shipping"],
        note: "Lyon has all three. Courier booked for 16:00, no need to charge her.",
        assigned: true,
        ..PLAIN
    },
    Thread {
        from: "visitor-kwame",
        name: "Kwame Asante",
        turns: &[
            (41, false, "Hi, is the larger room still free on the 14th in the afternoon? We're twelve now instead of eight."),
            (36, true, "Hello Kwame, it is. Shall I move your booking over? The price stays the same for up to fourteen people."),
            (9, false, "Perfect, please do. The driver will be there at 14:30 👌"),
        ],
        tags: &["Booking"],
        assigned: true,
        ..PLAIN
    },
    Thread {
        from: "visitor-yuki",
        name: "Yuki Tanaka",
        turns: &[(14, false, "Does the moss green frame come in M? The page says sold out, but your newsletter showed it yesterday.")],
        tags: &["Sales lead"],
        ..PLAIN
    },
    Thread {
        provider: "smtp",
        from: "elena.petrova@brightwater.example",
        name: "Elena Petrova",
        subject: "Data processing agreement",
        turns: &[
            (
                260,
                false,
                "Hello,\n\nour legal team asks for a signed data processing agreement before we can go on with the order. Whom should we send it to?\n\nElena Petrova\nBrightwater Clinic",
            ),
            (180, true, "Hello Elena,\n\nplease send it to this address, I'll have it signed today.\n\nJonas"),
            (27, false, "Signed copy attached, thanks for the quick turnaround."),
        ],
        tags: &["Legal"],
        ..PLAIN
    },
    Thread {
        provider: "api",
        from: "customer-8841",
        name: "Diego Vargas",
        turns: &[(33, false, "Order 8841: the box says 42, but the boots inside are clearly a 40. What's the quickest way to swap?")],
        tags: &["Returns"],
        ..PLAIN
    },
    Thread {
        from: "visitor-zanele",
        name: "Zanele Dlamini",
        turns: &[
            (70, false, "The upload button does nothing on my tablet. I've tried two browsers."),
            (66, true, "Thanks for telling us, Zanele. Which tablet is it, and do you see an error when you tap it?"),
            (55, false, "A ten-inch Android one. No error, it just stays grey."),
        ],
        tags: &["Bug"],
        note: "Reproduced on Android 14. The fix is in review.",
        ..PLAIN
    },
    Thread {
        provider: "smtp",
        from: "oliver.whitfield@lumen.example",
        name: "Oliver Whitfield",
        subject: "Annual contract and seats",
        turns: &[
            (
                1500,
                false,
                "Hi,\n\nwe're onboarding a new team on Monday and need three more seats before then. Can they go on the annual contract?\n\nOliver",
            ),
            (
                1440,
                true,
                "Hi Oliver,\n\nthey can: I've put them on the annual contract, charged for the remaining eight months only.\n\nMara",
            ),
        ],
        tags: &["Billing"],
        assigned: true,
        ..PLAIN
    },
    Thread {
        provider: "api",
        from: "customer-2093",
        name: "Aisha Dahl",
        turns: &[
            (52, false, "It's been nine days since my return was scanned and I still can't see the refund on my card."),
            (49, false, "The return number is R-2093."),
        ],
        tags: &["Refund", "Urgent"],
        ..PLAIN
    },
    Thread {
        provider: "smtp",
        from: "ingrid.solberg@juniper.example",
        name: "Ingrid Solberg",
        subject: "Thank you!",
        turns: &[
            (2900, false, "Just wanted to say that the courier arrived early and everything was packed beautifully."),
            (2880, true, "That made our morning, Ingrid. Thank you for taking the time!"),
        ],
        resolved: true,
        assigned: true,
        ..PLAIN
    },
    Thread {
        from: "visitor-noor",
        name: "Noor Haddad",
        turns: &[
            (4400, false, "Do you deliver to the Faroe Islands? The checkout doesn't list them."),
            (4380, true, "We do, by post. I've switched it on for your account: it's in the list now."),
            (4375, false, "Found it, thanks!"),
        ],
        resolved: true,
        assigned: true,
        ..PLAIN
    },
];

/// New things that customers come with while the demo runs: (provider, name, address, subject, text).
pub const NEWS: &[(&str, &str, &str, &str, &str)] = &[
    ("webchat", "Farid Karimi", "visitor-farid", "", "Hello! Do gift cards work for the workshop in December?"),
    (
        "smtp",
        "Hana Kovač",
        "hana.kovac@tidewater.example",
        "Invoice INV-2093",
        "Hello,\n\nour finance team needs the VAT number on the invoice before they can release the payment. Could you send a corrected one?\n\nHana",
    ),
    ("api", "Mateo Silva", "customer-5120", "", "Order 5120 shows as delivered, but nothing is here. Could you check with the courier?"),
    ("webchat", "Mei Chen", "visitor-mei", "", "The login link keeps expiring on my phone. It says it has already been used."),
    (
        "smtp",
        "Viktor Lindgren",
        "viktor@parallel.example",
        "Question about the warranty",
        "Hi,\n\nthe zip of my bag broke after two weeks. Is that covered?\n\nViktor",
    ),
    ("webchat", "Sofia Rossi", "visitor-sofia", "", "Is the autumn linen still available by the bolt? We'd need forty."),
    ("api", "Piotr Nowak", "customer-7731", "", "Please change the delivery address of order 7731 to our new office."),
];

/// What a customer answers when somebody has replied.
pub const ANSWERS: &[&str] = &[
    "That's great, thank you!",
    "Thanks for the quick reply. I'll try that right away.",
    "Perfect. Could you send me a confirmation by tomorrow?",
    "Good to know. One more thing: does that also hold for the second order?",
    "Brilliant, that solved it. Have a nice day!",
];

/// One of them: which of the simulator's people, their name, what they write.
pub type Line = (u32, &'static str, &'static str);
/// Customers on channels whose provider is played.
pub const MESSENGERS: &[(ChannelWord, &[Line])] = &[
    (
        ChannelWord::Whatsapp,
        &[
            (11, "Amara Nwosu", "Hi! Is the oat linen back in stock? I need eight metres by the 2nd."),
            (12, "Lucas Meyer", "My parcel says delivered but nothing is here. Order 4471."),
        ],
    ),
    (ChannelWord::Sms, &[(13, "Ines Duarte", "Can I pick up order 4502 today after 5?")]),
    (ChannelWord::Instagram, &[(14, "studio.kalma", "Loved your story! Which dye is the green one?")]),
    (ChannelWord::Telegram, &[(15, "Petr Novak", "Do you ship to Prague?")]),
];
