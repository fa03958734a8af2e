using PondSentinel.Gateway.Uplink;

namespace PondSentinel.Tests.Gateway.Uplink;

public sealed class BrokerReasonTests
{
    [Theory]
    [InlineData(0x84, "protocol version not supported (0x84); set protocol in [uplink] to what the broker speaks, \"3.1.1\" where it is an old one")]
    [InlineData(0x01, "protocol version of MQTT 3.1.1 not taken (0x01); set protocol in [uplink] to what the broker speaks, \"3.1.1\" where it is an old one")]
    [InlineData(0x85, "client id not valid (0x85); the client id is the gateway's id: let the broker take it")]
    [InlineData(0x86, "bad user name or password (0x86); check password in [uplink] and the user at the broker; its name is the gateway's id")]
    [InlineData(0x87, "not authorised (0x87); check the broker's access list and the certificate for this gateway")]
    [InlineData(0x89, "server busy (0x89); it is tried again; where it goes on, look after the broker")]
    [InlineData(0x8B, "server shutting down (0x8B); it is tried again; where it goes on, look after the broker")]
    [InlineData(0x8E, "session taken over (0x8E); a second gateway has this id, or this one runs twice: give each an id of its own")]
    [InlineData(0x93, "receive maximum exceeded (0x93); look into the broker's log and tell the makers")]
    [InlineData(0x95, "packet too large (0x95); raise the largest packet that the broker takes; 512 KiB is always enough")]
    [InlineData(0x97, "quota exceeded (0x97); raise the broker's limits for this gateway, or set backlog_rate in [uplink]")]
    [InlineData(0xF0, "unspecified error (0xF0); look into the broker's log")]
    public void Reason_says_in_one_line_what_to_do(int code, string line) => Assert.Equal(line, new BrokerReason(code).Sentence);

    [Fact]
    public void Broker_that_has_moved_says_where_to_and_nobody_follows_blindly()
    {
        Assert.Equal(
            "server moved (0x9D); the broker names \"b2.example.org:8883\"; where that is right, set host in [uplink] to it",
            new BrokerReason(0x9D, Server: "b2.example.org:8883").Sentence);
        Assert.Equal(
            "use another server (0x9C), \"maintenance\"; ask whoever runs the broker for the new one and set host in [uplink] to it",
            new BrokerReason(0x9C, "maintenance").Sentence);
    }

    [Fact]
    public void Words_of_a_broker_that_talks_for_ever_are_cut() =>
        Assert.InRange(new BrokerReason(0x9D, new string('x', 60_000), new string('y', 60_000)).Sentence.Length, 400, 600);

    [Fact]
    public void Every_reason_of_MQTT_5_that_a_broker_gives_has_a_name_of_its_own()
    {
        int[] codes =
        [
            0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x91, 0x93, 0x94, 0x95,
            0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F, 0xA0,
        ];
        var names = codes.Select(code => new BrokerReason(code).Words.Split(" (")[0]).ToList();

        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.DoesNotContain("unspecified error", names);
    }
}
