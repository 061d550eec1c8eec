//! The program's command line.

use std::path::PathBuf;
use std::time::Duration;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Simulates the providers that NOC talks to: DigitalOcean, Cloudflare and Infisical.

Usage: noc-simulator [options]

  --port N              the port to listen on (default 8788; 0 lets the system choose)
  --host ADDRESS        the address to listen on (default 127.0.0.1)
  --state FILE          remember everything in this file, over restarts
  --boot                let created droplets boot and play NOC's agent
  --boot-after-ms N     how long a droplet takes from its address to its first call (default 3000)
  --interval-seconds N  report at least this often, whatever NOC says
  --zone NAME           the name of the DNS zone (default flaggerlink.test)
  --address-after-ms N  how long a droplet has no address (default 1500)
  --delete-after-ms N   how long a deleted droplet is still shown (default 0)
  --seed N              where ids come from (default 1)
  --no-rate-limits      do not count calls
  --help                print this text

The addresses of the providers, below http://HOST:PORT:
  /digitalocean/v2  /cloudflare/client/v4  /infisical/api  /_simulator (control)
";

/// What the program was told.
#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) port: u16,
    pub(crate) host: String,
    pub(crate) state: Option<PathBuf>,
    pub(crate) boot: bool,
    pub(crate) boot_after: Duration,
    pub(crate) interval_limit: Option<Duration>,
    pub(crate) zone: Option<String>,
    pub(crate) address_after_ms: Option<u64>,
    pub(crate) delete_after_ms: Option<u64>,
    pub(crate) seed: Option<u64>,
    pub(crate) rate_limits: bool,
    pub(crate) help: bool,
}

impl Arguments {
    /// Reads the command line without the program's name; the error is a sentence for the user.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            port: 8788,
            host: "127.0.0.1".into(),
            state: None,
            boot: false,
            boot_after: Duration::from_millis(3_000),
            interval_limit: None,
            zone: None,
            address_after_ms: None,
            delete_after_ms: None,
            seed: None,
            rate_limits: true,
            help: false,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            // Both `--port 1` and `--port=1` are common.
            let (name, mut attached) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            let mut value =
                || attached.take().or_else(|| words.next()).ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--port" => arguments.port = number(&name, &value()?)?,
                "--host" => arguments.host = value()?,
                "--state" => arguments.state = Some(value()?.into()),
                "--boot" => arguments.boot = true,
                "--boot-after-ms" => arguments.boot_after = Duration::from_millis(number(&name, &value()?)?),
                "--interval-seconds" => {
                    arguments.interval_limit = Some(Duration::from_secs(number(&name, &value()?)?));
                }
                "--zone" => arguments.zone = Some(value()?.to_ascii_lowercase()),
                "--address-after-ms" => arguments.address_after_ms = Some(number(&name, &value()?)?),
                "--delete-after-ms" => arguments.delete_after_ms = Some(number(&name, &value()?)?),
                "--seed" => arguments.seed = Some(number(&name, &value()?)?),
                "--no-rate-limits" => arguments.rate_limits = false,
                "--help" | "-h" => arguments.help = true,
                _ => return Err(format!("{name} is no option of noc-simulator; --help lists them")),
            }
            if attached.is_some() {
                return Err(format!("{name} takes no value"));
            }
        }
        Ok(arguments)
    }
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{name} needs a number in its range, not \"{text}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_in_both_forms() -> Result<(), String> {
        let arguments = parse("--port=0 --boot --interval-seconds 2 --state a/b.json --zone Example.TEST")?;
        assert_eq!((arguments.port, arguments.boot), (0, true));
        assert_eq!(arguments.interval_limit, Some(Duration::from_secs(2)));
        assert_eq!(arguments.state, Some("a/b.json".into()));
        assert_eq!(arguments.zone.as_deref(), Some("example.test"));
        assert_eq!(parse("")?.boot_after, Duration::from_secs(3));
        Ok(())
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, error) in [
            ("--prot 1", "--prot is no option of noc-simulator; --help lists them"),
            ("--port", "--port needs a value"),
            ("--port 70000", "--port needs a number in its range, not \"70000\""),
            ("--boot=yes", "--boot takes no value"),
        ] {
            assert_eq!(parse(line).err().as_deref(), Some(error));
        }
    }
}
