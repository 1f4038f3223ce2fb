//! Word lists that decide what an ambiguous stop means.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that seldom follow an abbreviation inside a sentence with a capital, but often start one.
static STARTERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a about above according across after again against all almost along already also although \
     among an and another any anyone are around as asked at be because before behind being below \
     beside besides between beyond both but by can could critics despite did do does during each \
     earlier either even ever every everyone few finally first following for from further \
     had has have he hence her here hers his how however i if in indeed inside instead into is it \
     its it's just last later least less let like many may maybe meanwhile more moreover most much \
     my neither never nevertheless next no nobody none nor not nothing now of off often on once \
     one only or other others our out outside over perhaps please rather recently she should \
     similarly since so some someone sometimes soon still such than that that's the their them \
     then there there's therefore these they they're this those though through throughout thus to \
     today together tomorrow too toward two under unless unlike until up upon us was we we're were \
     what whatever when where whereas whether which while who whoever whom whose why will with \
     within without would yes yesterday yet you your"
        .split_whitespace()
        .collect()
});

/// What follows "a.m." or "p.m." without starting a sentence.
static AFTER_TIME: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "Eastern Central Mountain Pacific Atlantic Greenwich Moscow Kyiv London Brussels Beijing \
     Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May \
     June July August September October November December"
        .split_whitespace()
        .collect()
});

/// Verbs by which a sentence is given to its speaker.
static SPEECH_VERBS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "acknowledged acknowledges added adds admitted admits advised alleged alleges announced \
     announces answered answers argued argues asked asks asserted asserts boasted boasts cautioned \
     cautions charged claimed claims commented comments complained complains conceded concedes \
     concluded concludes confirmed confirms contended contends countered counters declared \
     declares demanded demands denied denies described describes emphasized emphasizes \
     emphasised emphasises exclaimed explained explains expressed hinted hints insisted insists \
     joked jokes lamented laments maintained maintains mentioned mentions noted notes observed \
     observes pledged pledges posted posts predicted predicts promised promises proposed quipped \
     reaffirmed reaffirms recalled recalls reiterated reiterates remarked remarks repeated repeats \
     replied replies reported reports responded responds retorted retorts said say says shouted \
     shot stated states stressed stresses suggested suggests tells told tweeted tweets urged urges \
     vowed vows warned warns wondered wonders wrote writes"
        .split_whitespace()
        .collect()
});

/// Whether a capitalized word is likely to start a sentence after an abbreviation.
pub(crate) fn is_starter(word: &str) -> bool {
    STARTERS.contains(word.to_lowercase().replace('’', "'").as_str())
}

/// Whether a word carries on after "p.m.": a day, a month, a time zone.
pub(super) fn follows_time(word: &str) -> bool {
    AFTER_TIME.contains(word) || (2..=4).contains(&word.len()) && is_upper(word)
}

fn is_upper(word: &str) -> bool {
    word.chars().all(char::is_uppercase)
}

/// Whether a word is a finite verb of saying ("said", "warns").
pub(crate) fn is_speech_verb(word: &str) -> bool {
    SPEECH_VERBS.contains(word.to_lowercase().as_str())
}
