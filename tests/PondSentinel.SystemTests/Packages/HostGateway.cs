using System.Globalization;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Packages;

/// <summary>The settings of a gateway that measures the machine it runs on: it needs no line.</summary>
internal static class HostGateway
{
    /// <summary>Its name.</summary>
    public const string Name = "gz-07";

    /// <summary>Where what it measures goes.</summary>
    public const string Topic = "pond/v1/zudong/gz-07/data/live";

    /// <summary>Its settings.</summary>
    /// <param name="port">Port of the broker.</param>
    /// <param name="buffer">Folder of its buffer.</param>
    public static string Settings(int port, string buffer = "/var/lib/pondsentinel/buffer") => Settings(
        FormattableString.Invariant($"host = \"127.0.0.1\"\nport = {port}\npassword = \"{Mosquitto.Password(Name)}\""), buffer);

    /// <summary>Its settings.</summary>
    /// <param name="uplink">What stands in <c>[uplink]</c>.</param>
    /// <param name="buffer">Folder of its buffer.</param>
    public static string Settings(string uplink, string buffer) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        [gateway]
        id = "{Name}"
        site = "zudong"
        [[station]]
        id = "yard"
        [[bus]]
        id = "machine"
        kind = "host"
        [[device]]
        id = "gateway"
        station = "yard"
        bus = "machine"
        model = "host"
        interval = "1s"
          [[device.channel]]
          id = "disk-free"
          output = "disk_free"
        [clock]
        source = "system"
        [buffer]
        folder = "{buffer}"
        [uplink]
        {uplink}

        """);
}
