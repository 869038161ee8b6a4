//! The apps whose webhooks are received.

use std::{borrow::Cow, fmt, sync::Arc};

use crate::{
    app::App,
    config::{ConfigError, SdkAppId},
    panic::quietly,
};

/// A lookup of the user's own.
type Lookup = dyn Fn(SdkAppId) -> Option<App> + Send + Sync;

/// The apps whose webhooks are received: some that are fixed, and those that a lookup finds.
///
/// Cheap to clone, as a layer is whenever it goes around a service.
#[derive(Clone, Default)]
pub(crate) struct Apps {
    /// Ordered by id: a binary search costs one app nothing, and ten thousand 20 ns.
    fixed: Arc<Vec<App>>,
    lookup: Option<Arc<Lookup>>,
    #[cfg(feature = "rtc")]
    may_have_rtc: bool,
}

/// The lookup panicked, or found another app than the one with this id.
#[derive(Debug)]
pub(crate) struct LookupFailed(pub(crate) SdkAppId);

impl Apps {
    /// How many apps there may be if a signature is to be tried with all their tokens.
    pub(crate) const FEW: usize = 8;

    pub(crate) fn one(app: App) -> Self {
        Self::of(vec![app], None)
    }

    pub(crate) fn looked_up(lookup: impl Fn(SdkAppId) -> Option<App> + Send + Sync + 'static) -> Self {
        Self::of(Vec::new(), Some(Arc::new(lookup)))
    }

    fn of(fixed: Vec<App>, lookup: Option<Arc<Lookup>>) -> Self {
        Self {
            #[cfg(feature = "rtc")]
            may_have_rtc: lookup.is_some() || fixed.iter().any(App::has_rtc),
            fixed: Arc::new(fixed),
            lookup,
        }
    }

    pub(crate) fn fixed(apps: impl IntoIterator<Item = App>) -> Result<Self, ConfigError> {
        let mut fixed: Vec<_> = apps.into_iter().collect();
        fixed.sort_by_key(App::id);
        match fixed.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
            Some(pair) => Err(ConfigError::RepeatedApp(pair[0].id())),
            None => Ok(Self::of(fixed, None)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fixed.is_empty() && self.lookup.is_none()
    }

    /// Whether any of them may have callbacks of the RTC Engine.
    #[cfg(feature = "rtc")]
    pub(crate) fn may_have_rtc(&self) -> bool {
        self.may_have_rtc
    }

    /// Adds an app.
    pub(crate) fn add(&mut self, app: App) -> Result<(), ConfigError> {
        match self.place(app.id()) {
            Ok(_) => Err(ConfigError::RepeatedApp(app.id())),
            Err(at) => {
                #[cfg(feature = "rtc")]
                {
                    self.may_have_rtc |= app.has_rtc();
                }
                Arc::make_mut(&mut self.fixed).insert(at, app);
                Ok(())
            }
        }
    }

    /// The app with this id: fixed, or looked up.
    pub(crate) fn find(&self, id: SdkAppId) -> Result<Option<Cow<'_, App>>, LookupFailed> {
        match (self.place(id), &self.lookup) {
            (Ok(at), _) => Ok(Some(Cow::Borrowed(&self.fixed[at]))),
            (Err(_), None) => Ok(None),
            (Err(_), Some(lookup)) => look_up(&**lookup, id),
        }
    }

    /// The apps that a signature may be of if nothing says whose it is: all, if they are few. Strangers decide how often
    /// these are tried.
    pub(crate) fn few(&self) -> &[App] {
        if self.fixed.len() <= Self::FEW { &self.fixed } else { &[] }
    }

    fn place(&self, id: SdkAppId) -> Result<usize, usize> {
        self.fixed.binary_search_by_key(&id, App::id)
    }
}

fn look_up<'a>(lookup: &Lookup, id: SdkAppId) -> Result<Option<Cow<'a, App>>, LookupFailed> {
    match quietly(|| lookup(id)) {
        None => Err(LookupFailed(id)),
        // Another app's tokens would prove nothing about this one.
        Some(Some(app)) if app.id() != id => Err(LookupFailed(id)),
        Some(found) => Ok(found.map(Cow::Owned)),
    }
}

impl fmt::Debug for Apps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        list.entries(self.fixed.iter());
        if self.lookup.is_some() {
            list.entry(&format_args!("those of a lookup"));
        }
        list.finish()
    }
}
