//! CloudFormation: stacks made, looked at and deleted.
//!
//! The emulator expands SAM templates, checks parameters and rules, and evaluates conditions as AWS does. It refuses
//! templates that would make a trail, and needs no capabilities, since nothing here has permissions.
//!
//! Source: the AWS CloudFormation API reference.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Capability, Parameter, ResourceStatus};

use super::{EmulatedCloud, wait_until};

/// How long a stack may take to come or go.
const PATIENCE: Duration = Duration::from_secs(180);

/// A stack that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its id, an ARN.
    pub id: String,
    /// The outputs, by name.
    pub outputs: BTreeMap<String, String>,
    /// The physical ids of the resources, by logical id.
    pub resources: BTreeMap<String, String>,
}

impl EmulatedCloud {
    /// Creates a stack of a template that is an object, since those in a request are limited to 51,200 bytes, and waits
    /// until it is complete.
    ///
    /// # Errors
    ///
    /// What CloudFormation says when it refuses the request, or why it rolled the stack back, resource by resource.
    pub async fn create_stack(
        &self,
        name: &str,
        (bucket, key): (&str, &str),
        parameters: &[(&str, &str)],
    ) -> Result<Stack, String> {
        let client = Client::new(self.sdk_config());
        let mut request = client
            .create_stack()
            .stack_name(name)
            .template_url(format!("{}/{bucket}/{key}", self.endpoint()))
            .capabilities(Capability::CapabilityIam)
            .capabilities(Capability::CapabilityAutoExpand);
        for (key, value) in parameters {
            request =
                request.parameters(Parameter::builder().parameter_key(*key).parameter_value(*value).build());
        }
        request.send().await.map_err(|error| error.message().unwrap_or_default().to_owned())?;
        let stack = settled(&client, name).await.expect("a stack that was made can be described");
        if stack.status != "CREATE_COMPLETE" {
            return Err(format!("{}: {}", stack.status, failures(&client, name).await));
        }
        let resources = client.describe_stack_resources().stack_name(name).send().await;
        let resources = resources.expect("describe a stack's resources").stack_resources.unwrap_or_default();
        let ids = resources
            .into_iter()
            .filter_map(|resource| Some((resource.logical_resource_id?, resource.physical_resource_id?)));
        let Described { id, outputs, .. } = stack;
        Ok(Stack { name: name.to_owned(), id, outputs, resources: ids.collect() })
    }

    /// Whether there is a stack of this name, complete or not.
    pub async fn has_stack(&self, name: &str) -> bool {
        describe(&Client::new(self.sdk_config()), name).await.is_some()
    }

    /// Deletes a stack and waits until it is gone.
    pub async fn delete_stack(&self, name: &str) {
        let client = Client::new(self.sdk_config());
        client.delete_stack().stack_name(name).send().await.expect("delete a stack");
        let rest = settled(&client, name).await;
        assert_eq!(rest.map(|stack| stack.status), None, "the stack `{name}` is still there");
    }
}

/// A stack as CloudFormation describes it.
struct Described {
    id: String,
    status: String,
    outputs: BTreeMap<String, String>,
}

/// A stack when it does not change any more; none if there is no such stack.
async fn settled(client: &Client, name: &str) -> Option<Described> {
    let settled = wait_until(PATIENCE, async || {
        let described = describe(client, name).await;
        let is_settled = described.as_ref().is_none_or(|stack| !stack.status.ends_with("_IN_PROGRESS"));
        is_settled.then_some(described)
    });
    settled.await.unwrap_or_else(|| panic!("the stack `{name}` does not settle"))
}

async fn describe(client: &Client, name: &str) -> Option<Described> {
    let answer = client.describe_stacks().stack_name(name).send().await.ok()?;
    let stack = answer.stacks.unwrap_or_default().pop()?;
    let outputs = stack.outputs.unwrap_or_default().into_iter();
    let outputs = outputs.filter_map(|output| Some((output.output_key?, output.output_value?)));
    let status = stack.stack_status?.as_str().to_owned();
    Some(Described { id: stack.stack_id?, status, outputs: outputs.collect() })
}

/// The resources that could not be made, each with the reason, one a line.
async fn failures(client: &Client, name: &str) -> String {
    let answer = client.describe_stack_events().stack_name(name).send().await;
    let events = answer.expect("describe a stack's events").stack_events.unwrap_or_default();
    let failed = events.iter().filter(|event| event.resource_status() == Some(&ResourceStatus::CreateFailed));
    let lines = failed.map(|event| {
        let (id, reason) = (event.logical_resource_id(), event.resource_status_reason());
        format!("{}: {}", id.unwrap_or_default(), reason.unwrap_or_default())
    });
    lines.collect::<Vec<_>>().join("\n")
}
