//! What machines get, kept for reading: a change of a template, or of the agent, shows in the change that makes it.

use std::{env, fs, path::Path};

use serde_json::json;

use crate::support::{TestApp, deploy_body};

#[tokio::test]
async fn each_application_renders_as_its_golden_file_says() {
    for application in ["blank", "flaggerlink"] {
        let noc = TestApp::new();
        let mut body = deploy_body("alpha");
        body["application"] = json!(application);
        body["branch"] = json!("it's/$HOME-\"{{branch}}\"-#1");
        noc.post("/api/deploy", &body).await.assert_status(200);
        let machine = noc.machine("alpha");
        // The document is a new one in each run of NOC: what identifies it is named instead.
        let mut rendered = format!("{:#}\n", machine.document);
        for name in ["NOC_CLAIM_TOKEN", "NOC_DEPLOYMENT_ID", "NOC_SERVER_ID"] {
            let value = &machine.env[name];
            assert!(value.len() > 20 && rendered.contains(value), "{name}");
            rendered = rendered.replace(value, &format!("({name})"));
        }
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../cloud-init/{application}/golden.json"));
        if env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(&path, &rendered).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap();
        assert!(
            golden == rendered,
            "{application} renders otherwise: see the change with `cargo xtask snapshots`"
        );
    }
}

#[tokio::test]
async fn an_application_with_one_domain_and_no_secrets_is_deployed_and_destroyed() {
    let noc = TestApp::new();
    let mut body = deploy_body("alpha");
    body["application"] = json!("blank");
    let answer = noc.post("/api/deploy", &body).await.assert_status(200);
    assert_eq!(answer["domains"], json!([format!("alpha.{}", noc.simulator.settings().zone_name)]));
    let machine = noc.machine("alpha");
    assert_eq!(machine.claim(&noc).await.assert_status(200)["secrets"], json!({}));
    machine.report(&noc, 1).await.assert_status(200);
    noc.pass(1_000).await;
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "active");
    assert_eq!(noc.destroy("alpha").await.assert_status(200)["deleted_dns_records"], 1);
    noc.assert_clean();
}
