//! `defaults`: settings for all rules of a document, including inherited ones. The built-in defaults are listed in
//! [`crate::defaults`].

use super::{Context, fields::Fields, metric::metric_namespace, values, wording};
use crate::{
    defaults, limits,
    yaml::{Node, Position, Span},
};

pub(crate) const KEYS: [&str; 2] = ["metricNamespace", "alarmAccounts"];
const ACCOUNT_DIGITS: usize = 12;

/// The defaults of a document.
pub(super) struct Defaults {
    /// The namespace of metrics without a namespace of their own.
    pub(super) namespace: String,
    /// The accounts for which each rule makes a separate alarm. If empty, each rule makes one alarm for all accounts.
    pub(super) alarm_accounts: Vec<String>,
    accounts_span: Span,
}

impl Defaults {
    pub(super) fn read(node: Option<&Node<'_>>, context: &mut Context<'_, '_>) -> Self {
        let fields = node.and_then(|node| Fields::read(node, "`defaults`", &KEYS, context));
        let get = |key| fields.as_ref().and_then(|fields| fields.get(key));
        let namespace = get("metricNamespace").and_then(|node| metric_namespace(node, context));
        let accounts = get("alarmAccounts");
        Self {
            namespace: namespace.unwrap_or_else(|| defaults::METRIC_NAMESPACE.to_owned()),
            alarm_accounts: accounts.and_then(|node| alarm_accounts(node, context)).unwrap_or_default(),
            accounts_span: accounts.map_or(Span::at(Position::START), Node::headline),
        }
    }

    /// Whether they are what a document without defaults has.
    pub(super) fn are_built_in(&self) -> bool {
        self.namespace == defaults::METRIC_NAMESPACE && self.alarm_accounts.is_empty()
    }

    /// The defaults for this number of rules: reports an error, and drops the accounts, if they make too many alarms.
    pub(super) fn affordable(mut self, rules: usize, context: &mut Context<'_, '_>) -> Self {
        let alarms = self.alarm_accounts.len().saturating_mul(rules);
        if alarms > limits::ALARMS {
            let accounts = self.alarm_accounts.len();
            let message = format!(
                "{accounts} accounts and {rules} rules make {alarms} alarms, more than the {} allowed",
                limits::ALARMS
            );
            context.error(self.accounts_span, message);
            self.alarm_accounts.clear();
        }
        self
    }
}

fn alarm_accounts(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<Vec<String>> {
    let mut accounts: Vec<String> = Vec::new();
    for item in values::items(node, "`alarmAccounts`", context)? {
        let Some(id) = values::text(item, "an item of `alarmAccounts`", context) else { continue };
        if id.len() != ACCOUNT_DIGITS || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("`{}` is not an account id", wording::shortened(id));
            context.error_with_help(item.span, message, "an account id has 12 digits");
        } else if accounts.iter().any(|account| account == id) {
            context.error(item.span, format!("account `{id}` is listed twice"));
        } else {
            accounts.push(id.to_owned());
        }
    }
    if !accounts.is_empty() {
        context.warning(
            node.headline(),
            "accounts that are not listed have no alarm, although their matches are counted",
            "list every account, or remove `alarmAccounts` to have one alarm for all accounts",
        );
    }
    Some(accounts)
}
