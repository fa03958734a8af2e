using System.Net;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Broker;
using PondSentinel.Tls;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Retention;
using PondSentinel.Tests.Repository;

namespace PondSentinel.Tests.Backend.Configuration;

public sealed class BackendConfigurationFileTests
{
    private const string Hook = "[[webhook]]\nurl = \"https://a.example\"\n";
    private const string Second = "[[webhook]]\nurl = \"https://b.example\"\n";
    private const string Rule = "[[rule]]\nid = \"leak\"\nsite = \"gannan\"\nmeasurand = \"ammonium_n_mg_l\"\nraise_above = 15\nclear_below = 13\nhold_raise = \"5m\"\nhold_clear = \"5m\"\nseverity = \"medium\"\n";

    [Fact]
    public void Sample_has_nothing_wrong()
    {
        var loaded = BackendConfigurationFile.Load(Checkout.Absolute("deploy/backend.sample.toml"));

        Assert.Empty(loaded.Problems);
        Assert.Empty(loaded.Warnings);
        var configuration = Assert.IsType<BackendConfiguration>(loaded.Configuration);
        Assert.True(configuration.Broker.Embedded);
        Assert.Equal(["outlet-ammonium", "outlet-acid", "dust"], configuration.Rules.Select(rule => rule.Id));
    }

    [Fact]
    public void Every_setting_arrives()
    {
        var configuration = BackendConfigurationFile.Read(
            "b.toml",
            """
            [backend]
            id = "b2"
            folder = "/srv/pond"
            [broker]
            host = "10.0.0.4"
            port = 1884
            user = "b2"
            [influx]
            url = "http://127.0.0.1:8086"
            database = "mine"
            user = "u"
            password = "p"
            timeout = "5s"
            [store]
            keep_raw = "100d"
            expire = false
            [web]
            enabled = false
            [quota]
            rate = "2MiB"
            day = "1GiB"
            [[webhook]]
            url = "https://alerts.example/x"
            [[smtp]]
            host = "mail.example"
            from = "pond@example.org"
            to = ["li@example.org"]
            [[alertmanager]]
            url = "http://127.0.0.1:9093"
            resend = "30s"
            """).Configuration!;

        Assert.Equal(("b2", "/srv/pond", false), (configuration.Id, configuration.Folder, configuration.Broker.Embedded));
        Assert.Equal(("10.0.0.4", 1884, "b2"), (configuration.Broker.Host, configuration.Broker.Port, configuration.Broker.User));
        Assert.Equal(
            ("mine", "u", "p", TimeSpan.FromSeconds(5)),
            (configuration.Influx!.Database, configuration.Influx.User, configuration.Influx.Password, configuration.Influx.Timeout));
        Assert.Equal(
            new StoreRetention { Records = TimeSpan.FromDays(100), TenMinutes = TimeSpan.FromDays(1_826), Expires = false, Grace = TimeSpan.Zero }, configuration.StoreRetention);
        Assert.Equal((2L << 20, 1L << 30), (configuration.Quota.BytesPerSecond, configuration.Quota.BytesPerDay));
        Assert.Null(configuration.Web);
        Assert.Single(configuration.Webhooks);
        Assert.Equal("mail.example", Assert.Single(configuration.Mail).Host);
        Assert.Equal(TimeSpan.FromSeconds(30), Assert.Single(configuration.Alertmanagers).ResendEvery);
    }

    [Theory]
    [InlineData("[backend]\nid = \"B 1\"", "b.toml:2:1: id of [backend] is no name: \"B 1\"; use 1 to 32 of a-z, 0-9 and -")]
    [InlineData("[backend]\nfolder = \"data\"", "b.toml:2:1: folder of [backend] must be a full path: \"data\"; write folder = \"/var/lib/pond-backend\"")]
    [InlineData("[backend]\nfoldr = \"/x\"", "b.toml:2:1: foldr of [backend] is not known here; did you mean folder?")]
    [InlineData("[brokr]\nport = 1", "b.toml:1:2: brokr is not known here; did you mean broker?")]
    [InlineData("[broker]\nport = 70000", "b.toml:2:1: port of [broker] must be a whole number from 1 to 65535; change the number")]
    [InlineData("[broker]\npassword = \"x\"", "b.toml:2:1: password of [broker] does not go with the embedded broker, which is on this machine; remove it, or write embedded = false")]
    [InlineData("[broker]\ntls = true", "b.toml:2:1: tls of [broker] does not go with the embedded broker, which is on this machine; remove it; listen = \"0.0.0.0\" demands TLS by itself")]
    [InlineData("[broker]\nca = \"/ca.pem\"", "b.toml:2:1: ca of [broker] means nothing without TLS; write listen = \"0.0.0.0\" to let others in, by TLS")]
    [InlineData("[broker]\nlisten = \"0.0.0.0\"", "b.toml:2:1: listen of [broker] lets others in, which demands certificates, and without ca, certificate, key there are none; make them with deploy/pki/pki.sh and name their files, or remove listen")]
    [InlineData("[broker]\nlisten = \"192.0.2.7\"\nca = \"/ca.pem\"\ncertificate = \"/b.pem\"", "b.toml:2:1: listen of [broker] lets others in, which demands certificates, and without key there are none; make them with deploy/pki/pki.sh and name their files, or remove listen|b.toml:4:1: certificate of [broker] is of no use without key; add key, or remove certificate")]
    [InlineData("[broker]\nlisten = \"pond\"", "b.toml:2:1: listen of [broker] is no address of this machine: \"pond\"; write listen = \"0.0.0.0\" for all of them")]
    [InlineData("[broker]\nhost = \"a\"\nlisten = \"0.0.0.0\"", "b.toml:3:1: listen of [broker] is for the embedded broker, and there is none; remove listen, or remove host")]
    [InlineData("[broker]\nhost = \"a\"\ncrl = \"/crl.pem\"", "b.toml:3:1: crl of [broker] means nothing without TLS; write tls = true|b.toml:3:1: crl of [broker] is of no use without ca; add ca, whose list it is, or remove crl")]
    [InlineData("[broker]\nembedded = false", "b.toml:1:2: host of [broker] is missing; add it here")]
    [InlineData("[broker]\nhost = \"a b\"", "b.toml:2:1: host of [broker] is no name or address: \"a b\"; write host = \"broker.example\"")]
    [InlineData("[store]\nkeep_raw = \"30d\"", "b.toml:2:1: keep_raw of [store] must be from 35d to 36500d; change the duration")]
    [InlineData("[store]\nkeep_raw = \"90d\"\nkeep_10min = \"89d\"", "b.toml:3:1: keep_10min of [store] is shorter than keep_raw, so that means would go before the records they are made of; make keep_10min the longer one, or remove it")]
    [InlineData("[influx]\nurl = \"127.0.0.1:8086\"", "b.toml:2:1: url of [influx] is not the address of an InfluxDB: \"127.0.0.1:8086\"; write url = \"http://127.0.0.1:8086\"")]
    [InlineData("[influx]\nurl = \"http://h\"\nbucket = \"b\"\norg = \"o\"", "b.toml:1:2: token of [influx] is missing; add it here")]
    [InlineData("[influx]\nurl = \"http://h\"\nbucket = \"b\"\norg = \"o\"\ntoken = \"tö\"", "b.toml:5:1: token of [influx] must be 1 to 256 characters of ASCII, none of them a line break; write token = \"…\" as InfluxDB shows it")]
    [InlineData("[influx]\nurl = \"http://h\"\nbucket = \"b\"\norg = \"o\"\ntoken = \"t\"\ndatabase = \"d\"", "b.toml:6:1: database of [influx] is for InfluxDB 1.x, and org, bucket, token for 2.x; keep url with database, user and password for 1.x, or url with org, bucket and token for 2.x")]
    [InlineData("[influx]\nurl = \"http://h\"\nuser = \"u\"", "b.toml:3:1: user and password of [influx] go together; add the other one, or remove both")]
    [InlineData("[web]\naddress = \"pond.example.org\"", "b.toml:2:1: address of [web] is not where people find the page: \"pond.example.org\"; write address = \"https://pond.example.org\", with a port where it has one, and nothing behind that")]
    [InlineData("[web]\nhosts = [\"a\"]\naddress = \"https://b\"", "b.toml:3:1: address of [web] has the name b, and hosts has not: who follows a link is refused; add \"b\" to hosts, or write another address")]
    [InlineData("[web]\naddress = \"https://b\"", "b.toml:2:1: address of [web] has the name b, and hosts has not: who follows a link is refused; write hosts = [\"b\"], or another address")]
    [InlineData("[web]\nport = \"x\"", "b.toml:2:1: port of [web] must be a whole number from 1 to 65535; change the number")]
    public void Each_mistake_is_told_with_its_place_and_how_to_mend_it(string text, string expected)
    {
        var loaded = BackendConfigurationFile.Read("b.toml", text);

        Assert.Null(loaded.Configuration);
        Assert.Equal(expected.Split('|'), loaded.Problems.Select(problem => problem.ToString()));
    }

    [Theory]
    [InlineData("https://pond.example.org", "https://pond.example.org/?alarm=a.1")]
    [InlineData("HTTPS://Pond.Example.org:8443/", "https://pond.example.org:8443/?alarm=a.1")]
    [InlineData("http://localhost:8080", "http://localhost:8080/?alarm=a.1")]
    [InlineData("https://尾水.example", "https://xn--bgt648a.example/?alarm=a.1")]
    [InlineData("https://pond.example.org/pond/", null)]
    [InlineData("https://li:x@pond.example.org", null)]
    [InlineData("https://pond.example.org/?a=b", null)]
    [InlineData("https://pond.example.org/#a", null)]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("file:///", null)]
    [InlineData("", null)]
    public void Address_of_the_page_is_the_root_of_a_name(string text, string? link) => Assert.Equal(link, PageAddress.Read(text)?.Of("a.1").AbsoluteUri);

    [Fact]
    public void Messages_to_people_and_machines_link_to_the_page()
    {
        var loaded = BackendConfigurationFile.Read(
            "b.toml",
            """
            [web]
            hosts = ["pond.example.org"]
            address = "https://pond.example.org"
            [[smtp]]
            host = "mail.example"
            from = "pond@example.org"
            to = ["li@example.org"]
            """);

        Assert.Equal([], loaded.Problems);
        Assert.Equal("https://pond.example.org/", loaded.Configuration!.Mail[0].Voice.Page?.Root.AbsoluteUri);
    }

    [Theory]
    [InlineData("hosts = [\"pond.example.org\"]\naddress = \"https://pond.example.org\"", "messages link to https://pond.example.org/")]
    [InlineData("address = \"http://localhost:8080\"", "messages link to http://localhost:8080/, which is the own machine of whoever reads them")]
    [InlineData("port = 8081", null)]
    public void Check_says_where_messages_link_to(string web, string? expected) => Assert.Equal(
        expected, Checked($"[web]\n{web}\n").Split('\n').FirstOrDefault(line => line.StartsWith("messages link", StringComparison.Ordinal)));

    [Fact]
    public void Broker_by_tls_has_a_port_of_its_own_and_files()
    {
        var files = "ca = \"/ca.pem\"\ncertificate = \"/own.pem\"\nkey = \"/own.key\"\ncrl = \"/crl.pem\"\n";
        var tls = new TlsOptions { Authority = "/ca.pem", Certificate = "/own.pem", Key = "/own.key", RevocationList = "/crl.pem" };

        var outside = Broker($"host = \"broker.example.org\"\npassword = \"x\"\ntls = true\n{files}");
        Assert.Equal(new BrokerOptions { Embedded = false, Host = "broker.example.org", Port = 8883, Password = "x", Tls = tls }, outside);
        Assert.Equal(new BrokerOptions { Listen = IPAddress.Any, Port = 8883, Tls = tls }, Broker($"listen = \"0.0.0.0\"\n{files}"));
        Assert.Equal(new BrokerOptions(), Broker("listen = \"127.0.0.1\""));

        static BrokerOptions Broker(string section)
        {
            var loaded = BackendConfigurationFile.Read("b.toml", $"[broker]\n{section}");
            Assert.Empty(loaded.Problems);
            Assert.DoesNotContain(loaded.Warnings, warning => warning.ToString().Contains("password", StringComparison.Ordinal));
            return loaded.Configuration!.Broker;
        }
    }

    /// <summary>A leak that stands on the page alone is seen by nobody at three in the morning.</summary>
    [Theory]
    [InlineData("", "  warning: there is no [[webhook]], [[smtp]] or [[alertmanager]], so alarms are on the page alone and nobody is told; add one, as backend.sample.toml has them")]
    [InlineData(Hook + "min_severity = \"high\"", "  warning: no channel tells of it: none of those of site gannan tells of what is medium; lower min_severity of one, or write one without escalate_after")]
    [InlineData(Hook + "escalate_after = \"1h\"", "  warning: no channel tells of it: none of those of site gannan tells of what is medium; lower min_severity of one, or write one without escalate_after")]
    [InlineData(Hook + "sites = [\"longnan\"]", "  warning: no channel tells of it: all are held to other sites; add \"gannan\" to sites of one")]
    [InlineData(Hook + "sites = [\"longnan\"]\n" + Second + "min_severity = \"high\"", "  warning: no channel tells of it: none of those of site gannan tells of what is medium; lower min_severity of one, or write one without escalate_after")]
    [InlineData(Hook + "sites = [\"longnan\"]\n" + Second + "sites = [\"gannan\"]", null)]
    [InlineData(Hook + "min_severity = \"high\"\n" + Second + "min_severity = \"medium\"", null)]
    [InlineData(Hook, null)]
    public void Where_nobody_is_told_check_warns(string channels, string? expected)
    {
        var output = Checked($"{Rule}{channels}\n");
        Assert.Equal(
            expected is null ? [] : [expected],
            output.Split('\n').Where(line => line.Contains("nobody is told;", StringComparison.Ordinal) || line.Contains("alone and nobody", StringComparison.Ordinal) || line.Contains("no channel tells", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("sites = [\"longnan\"]", false)]
    [InlineData("min_severity = \"high\"", true)]
    public void Rule_for_all_sites_has_a_listener_where_any_site_has(string held, bool warns) =>
        Assert.Equal(warns, Checked($"{Rule.Replace("site = \"gannan\"\n", "", StringComparison.Ordinal)}{Hook}{held}\n").Contains("no channel tells of it: none tells of what is medium;", StringComparison.Ordinal));

    [Theory]
    [InlineData("valid_to = \"2020-01-01\"", ", medium, no longer in force since 2020-01-02", true)]
    [InlineData("valid_from = \"2019-05-01\"\nvalid_to = \"2020-01-01T12:30+08:00\"", ", medium, no longer in force since 2020-01-01 04:30 UTC", true)]
    [InlineData("valid_from = \"2126-01-01\"", ", medium, in force from 2126-01-01", false)]
    [InlineData("valid_from = \"2019-05-01\"\nvalid_to = \"2126-01-01\"", ", medium, in force until 2126-01-01", false)]
    [InlineData("valid_from = \"2125-12-31T23:00+00:00\"\nvalid_to = \"2126-01-01\"", ", medium, in force from 2125-12-31 23:00 UTC until 2126-01-01", false)]
    [InlineData("valid_from = \"2019-05-01\"", ", medium", false)]
    [InlineData("", ", medium", false)]
    public void Rule_says_when_it_is_in_force_and_is_warned_of_where_that_is_over(string validity, string end, bool warns)
    {
        var lines = Checked($"{Rule}{validity}\n{Hook}").Split('\n').ToList();
        var at = lines.FindIndex(line => line.StartsWith("rule leak:", StringComparison.Ordinal));
        Assert.EndsWith(end, lines[at], StringComparison.Ordinal);
        Assert.Equal(warns, lines[at + 1].StartsWith("  warning: it rings no more; take it out, or write another valid_to", StringComparison.Ordinal));
    }

    // It has the rule that follows beside it, and nobody can take out or change either.
    [Fact]
    public void Rule_of_a_preset_that_is_over_is_said_to_be_and_not_warned_of()
    {
        var lines = Checked($"[[preset]]\nname = \"gb-3095-2026-pm10\"\nstation = \"village\"\n{Hook}", new FakeTimeProvider(new DateTimeOffset(2031, 6, 1, 0, 0, 0, TimeSpan.Zero)));
        Assert.Contains("no longer in force since 2031-01-01", lines, StringComparison.Ordinal);
        Assert.DoesNotContain("it rings no more", lines, StringComparison.Ordinal);
    }

    [Fact]
    public void File_without_rules_is_good_and_warned_of() =>
        Assert.Equal(
            ["b.toml:1:1: there is no [[rule]] and no [[preset]], so no measured value raises an alert here; copy one from backend.sample.toml"],
            BackendConfigurationFile.Read("b.toml", "").Warnings.Select(warning => warning.ToString()));

    [Fact]
    public void Default_rules_name_no_standard_but_the_one_that_was_read() =>
        Assert.Equal(
            [("outlet-ammonium", "GB 26451-2011"), ("outlet-acid", null), ("outlet-alkaline", null), ("dust", null)],
            Defaults.Rules.Select(rule => (rule.Id, rule.Standard)));

    private static string Checked(string text, TimeProvider? time = null)
    {
        var loaded = BackendConfigurationFile.Read("b.toml", text);
        using var output = new StringWriter();
        Assert.Equal(0, CheckCommand.Report("b.toml", loaded, output, time));
        return output.ToString();
    }
}
