//! A stack of the template with a trail that delivers to it, and somebody who reads its alerts.

use serde_json::{Value, json};
use testkit::emulator::{EmulatedCloud, Metric, Queue, QueueOptions, Stack, wait_until};

use super::template::template;
use crate::artifacts::{FUNCTIONS, Processor};
use crate::end_to_end::stage::{PATIENCE, now};

/// The trail that the stack joins. Its name is known before it is made.
pub(super) const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/trailbell";

/// Where `sam deploy` would upload the packages, and the template that names them.
pub(super) const ARTIFACTS: &str = "amzn-s3-demo-bucket-artifacts";
const TEMPLATE: &str = "template.yaml";
/// The smallest set that has the rule on failed sign-ins, for tests that are not about alarms: each takes half a second.
pub(super) const FEW_RULES: (&str, &str) = ("RuleSet", "aws-guide");
/// Where the rule file is, for stacks that have one.
pub(super) const RULES_BUCKET: &str = "amzn-s3-demo-bucket-rules";
pub(super) const RULES_KEY: &str = "trailbell/rules.yaml";
/// As in the template.
const MAXIMUM_CONCURRENCY: i32 = 10;

/// A stack that is in use.
pub(super) struct Deployment {
    pub(super) cloud: EmulatedCloud,
    pub(super) stack: Stack,
    /// Subscribed to the alert topic.
    subscriber: Queue,
    /// Seconds of the Unix epoch.
    started: i64,
}

impl Deployment {
    /// Deploys with these parameters, the others at their defaults, and lets a trail deliver to the stack.
    pub(super) async fn with(parameters: &[(&str, &str)]) -> Self {
        Self::on(cloud_with_packages().await, parameters).await
    }

    /// Deploys with a rule file in a bucket that keeps versions, and sends no events until it is told to.
    pub(super) async fn with_rules(rules: &str, parameters: &[(&str, &str)]) -> Self {
        let cloud = cloud_with_packages().await;
        put_first_rules(&cloud, rules).await;
        Self::on(cloud, &[&RULES_OBJECT, parameters].concat()).await
    }

    /// Deploys on a cloud with packages that may have more.
    pub(super) async fn on(cloud: EmulatedCloud, parameters: &[(&str, &str)]) -> Self {
        let stack = create_stack(&cloud, parameters).await;
        let stack = stack.unwrap_or_else(|error| panic!("{error}\n{}", cloud.log()));
        // The emulator takes the parameter's value for a text, with which its poller cannot count.
        let mapping = &stack.resources["LogProcessorDeliveries"];
        cloud.set_maximum_concurrency(mapping, MAXIMUM_CONCURRENCY).await;
        let subscriber = cloud.create_queue("subscriber", QueueOptions::default()).await;
        for topic in ["AlertTopicArn", "RuleAlarmTopicArn", "HealthTopicArn"] {
            cloud.subscribe(&stack.outputs[topic], &subscriber, true).await;
        }
        let deployment = Self { cloud, stack, subscriber, started: now() };
        deployment.start_trail();
        deployment
    }

    /// Makes the trail on what the stack made for it, as an owner of a trail does who moves it over.
    fn start_trail(&self) {
        let trail = json!({
            "Name": "trailbell",
            "S3BucketName": self.output("LogBucketName"),
            "SnsTopicName": self.output("DeliveryTopicArn"),
            "KmsKeyId": self.output("LogKeyArn"),
            "IsMultiRegionTrail": true,
            "EnableLogFileValidation": true,
        });
        let made = self.cloud.call("cloudtrail", &cloudtrail("CreateTrail"), &trail);
        assert_eq!(made["TrailARN"], TRAIL, "{made}");
        self.trail("StartLogging");
    }

    /// Calls an action of CloudTrail that takes the trail's name.
    pub(super) fn trail(&self, action: &str) -> Value {
        self.cloud.call("cloudtrail", &cloudtrail(action), &json!({ "Name": TRAIL }))
    }

    /// An output of the stack.
    pub(super) fn output(&self, name: &str) -> &str {
        &self.stack.outputs[name]
    }

    /// The queue whose URL is an output.
    pub(super) async fn queue(&self, output: &str) -> Queue {
        self.cloud.queue(self.output(output).to_owned()).await
    }

    /// Puts a version of the rule file.
    pub(super) async fn put_rules(&self, rules: &str) {
        self.cloud.put_object(RULES_BUCKET, RULES_KEY, rules.as_bytes().to_vec()).await;
    }

    /// Puts a log file and announces it, as CloudTrail does.
    pub(super) async fn deliver(&self, key: &str, contents: Vec<u8>) {
        let bucket = self.output("LogBucketName");
        self.cloud.put_object(bucket, key, contents).await;
        self.publish(&json!({ "s3Bucket": bucket, "s3ObjectKey": [key] }).to_string()).await;
    }

    /// Publishes to the trail's topic.
    pub(super) async fn publish(&self, message: &str) {
        self.cloud.publish(self.output("DeliveryTopicArn"), message).await;
    }

    /// The sum of a metric without dimensions since the deployment.
    pub(super) async fn total(&self, namespace: &str, name: &str) -> f64 {
        self.total_of(&Metric { namespace, name, dimensions: &[] }).await
    }

    /// The sum of one of Lambda's own metrics about the alarm reconciler.
    pub(super) async fn reconciler_total(&self, name: &str) -> f64 {
        let dimensions = [("FunctionName", self.output("AlarmReconcilerName"))];
        self.total_of(&Metric { namespace: "AWS/Lambda", name, dimensions: &dimensions }).await
    }

    async fn total_of(&self, metric: &Metric<'_>) -> f64 {
        self.cloud.metric_total(metric, self.started - 3600, now() + 60).await
    }

    pub(super) async fn wait_for_total(&self, namespace: &str, name: &str, expected: f64) {
        let reached = async || (self.total(namespace, name).await >= expected).then_some(());
        self.wait_for(&format!("{expected} of {namespace}/{name}"), reached).await;
    }

    /// Waits until the stack's own alarm of this logical id has a state, and the subscriber has been told.
    pub(super) async fn wait_for_alarm(&self, id: &str, state: &str) {
        self.wait_for_alarm_named(&self.stack.resources[id], state).await;
    }

    /// Waits until an alarm has a state, and the subscriber has been told.
    pub(super) async fn wait_for_alarm_named(&self, name: &str, state: &str) {
        let reached = async || (self.cloud.alarm_state(name).await? == state).then_some(());
        self.wait_for(&format!("the state {state} of {name}"), reached).await;
        self.wait_for_message(|message| message["AlarmName"] == name && message["NewStateValue"] == state)
            .await;
    }

    /// Waits until the subscriber has a message of this kind.
    pub(super) async fn wait_for_message(&self, is_meant: impl Fn(&Value) -> bool) -> Value {
        let found = async || {
            let messages = self.cloud.messages(&self.subscriber).await;
            let mut documents = messages.iter().map(|body| serde_json::from_str(body).unwrap());
            documents.find(&is_meant)
        };
        self.wait_for("a message to the subscriber", found).await
    }

    /// Looks until there is something, and ends the test with the logs when there never is.
    pub(super) async fn wait_for<T>(&self, what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
        let found = wait_until(PATIENCE, look).await;
        found.unwrap_or_else(|| {
            let log = self.cloud.log_group(self.output("LogProcessorLogGroupName"));
            panic!("no {what}\n{log}\n{}\n{}", self.reconciler_log(), self.cloud.log())
        })
    }

    /// What the alarm reconciler has written so far.
    pub(super) fn reconciler_log(&self) -> String {
        self.cloud.log_group(&format!("/trailbell/{}/alarm-reconciler", self.stack.name))
    }
}

/// The name of an action in CloudTrail's JSON protocol.
pub(super) fn cloudtrail(action: &str) -> String {
    format!("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{action}")
}

/// The parameters that name the rule file.
pub(super) const RULES_OBJECT: [(&str, &str); 2] = [("RulesBucket", RULES_BUCKET), ("RulesKey", RULES_KEY)];

/// A cloud with the template in a bucket.
pub(super) async fn cloud_with_template() -> EmulatedCloud {
    let cloud = EmulatedCloud::start().unwrap();
    cloud.create_bucket(ARTIFACTS).await;
    cloud.put_object(ARTIFACTS, TEMPLATE, template().into_bytes()).await;
    cloud
}

/// A cloud with the template and the packages in a bucket.
pub(super) async fn cloud_with_packages() -> EmulatedCloud {
    let cloud = cloud_with_template().await;
    for function in FUNCTIONS {
        let package = std::fs::read(Processor::own().package(function)).unwrap();
        cloud.put_object(ARTIFACTS, &package_key(function), package).await;
    }
    cloud
}

/// The key of a function's package.
pub(super) fn package_key(function: &str) -> String {
    format!("{function}.zip")
}

/// Makes the bucket of the rule file, and puts the first version.
pub(super) async fn put_first_rules(cloud: &EmulatedCloud, rules: &str) {
    cloud.create_bucket(RULES_BUCKET).await;
    cloud.keep_versions(RULES_BUCKET).await;
    cloud.put_object(RULES_BUCKET, RULES_KEY, rules.as_bytes().to_vec()).await;
}

/// Creates the stack of the template with these parameters and the trail.
pub(super) async fn create_stack(
    cloud: &EmulatedCloud,
    parameters: &[(&str, &str)],
) -> Result<Stack, String> {
    let own = [("ExistingTrailArn", TRAIL), ("Architecture", Processor::own().architecture())];
    cloud.create_stack("trailbell", (ARTIFACTS, TEMPLATE), &[parameters, &own].concat()).await
}
