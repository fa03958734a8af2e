using PondSentinel.Backend.Configuration;
using PondSentinel.Tests.Repository;

namespace PondSentinel.Tests.Backend.Configuration;

public sealed class BackendConfigurationFileTests
{
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
            [web]
            enabled = false
            [[webhook]]
            url = "https://alerts.example/x"
            """).Configuration!;

        Assert.Equal(("b2", "/srv/pond", false), (configuration.Id, configuration.Folder, configuration.Broker.Embedded));
        Assert.Equal(("10.0.0.4", 1884, "b2"), (configuration.Broker.Host, configuration.Broker.Port, configuration.Broker.User));
        Assert.Equal(
            ("mine", "u", "p", TimeSpan.FromSeconds(5)),
            (configuration.Influx!.Database, configuration.Influx.User, configuration.Influx.Password, configuration.Influx.Timeout));
        Assert.Null(configuration.Web);
        Assert.Single(configuration.Webhooks);
    }

    [Theory]
    [InlineData("[backend]\nid = \"B 1\"", "b.toml:2:1: id of [backend] is no name: \"B 1\"; use 1 to 32 of a-z, 0-9 and -")]
    [InlineData("[backend]\nfolder = \"data\"", "b.toml:2:1: folder of [backend] must be a full path: \"data\"; write folder = \"/var/lib/pondsentinel\"")]
    [InlineData("[backend]\nfoldr = \"/x\"", "b.toml:2:1: foldr of [backend] is not known here; did you mean folder?")]
    [InlineData("[brokr]\nport = 1", "b.toml:1:2: brokr is not known here; did you mean broker?")]
    [InlineData("[broker]\nport = 70000", "b.toml:2:1: port of [broker] must be a whole number from 1 to 65535; change the number")]
    [InlineData("[broker]\npassword = \"x\"", "b.toml:2:1: password of [broker] does not go with the embedded broker, which is on this machine only; remove it, or write embedded = false")]
    [InlineData("[broker]\nembedded = false", "b.toml:1:2: host of [broker] is missing; add it here")]
    [InlineData("[broker]\nhost = \"a b\"", "b.toml:2:1: host of [broker] is no name or address: \"a b\"; write host = \"broker.example\"")]
    [InlineData("[influx]\nurl = \"127.0.0.1:8086\"", "b.toml:2:1: url of [influx] is not the address of an InfluxDB: \"127.0.0.1:8086\"; write url = \"http://127.0.0.1:8086\"")]
    [InlineData("[influx]\nurl = \"http://h\"\nbucket = \"b\"\norg = \"o\"", "b.toml:1:2: token of [influx] is missing; add it here")]
    [InlineData("[influx]\nurl = \"http://h\"\nbucket = \"b\"\norg = \"o\"\ntoken = \"tö\"", "b.toml:5:1: token of [influx] must be 1 to 256 characters of ASCII, none of them a line break; write token = \"…\" as InfluxDB shows it")]
    [InlineData("[influx]\nurl = \"http://h\"\nbucket = \"b\"\norg = \"o\"\ntoken = \"t\"\ndatabase = \"d\"", "b.toml:6:1: database of [influx] is for InfluxDB 1.x, and org, bucket, token for 2.x; keep url with database, user and password for 1.x, or url with org, bucket and token for 2.x")]
    [InlineData("[influx]\nurl = \"http://h\"\nuser = \"u\"", "b.toml:3:1: user and password of [influx] go together; add the other one, or remove both")]
    [InlineData("[web]\nport = \"x\"", "b.toml:2:1: port of [web] must be a whole number from 1 to 65535; change the number")]
    public void Each_mistake_is_told_with_its_place_and_how_to_mend_it(string text, string expected)
    {
        var loaded = BackendConfigurationFile.Read("b.toml", text);

        Assert.Null(loaded.Configuration);
        Assert.Equal([expected], loaded.Problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void File_without_rules_is_good_and_warned_of() =>
        Assert.Equal(
            ["b.toml:1:1: there is no [[rule]], so nothing raises an alert; copy one from backend.sample.toml"],
            BackendConfigurationFile.Read("b.toml", "").Warnings.Select(warning => warning.ToString()));

    [Fact]
    public void Default_rules_name_no_standard_but_the_one_that_was_read() =>
        Assert.Equal(
            [("outlet-ammonium", "GB 26451-2011"), ("outlet-acid", null), ("outlet-alkaline", null), ("dust", null)],
            Defaults.Rules.Select(rule => (rule.Id, rule.Standard)));
}
