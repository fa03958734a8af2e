namespace PondSentinel.Tests.Gateway.Configuration;

/// <summary>The configuration of a gateway with one probe, <c>ph</c>, behind a port that no machine has.</summary>
internal static class OneProbe
{
    /// <summary>The text, whose last section is the buffer's unless <paramref name="rest"/> begins another.</summary>
    /// <param name="folder">Folder above that of the buffer.</param>
    /// <param name="rest">Lines after it: further settings of the buffer first, then whole sections.</param>
    /// <param name="interval">Interval of the probe.</param>
    public static string Text(string folder, string rest = "", string interval = "1m") =>
        $"""
        [gateway]
        id = "gz-07"
        site = "zudong"
        [[station]]
        id = "pond-a"
        [[bus]]
        id = "rs485"
        kind = "serial"
        port = "/dev/pond-nowhere"
        [[device]]
        id = "ph"
        station = "pond-a"
        bus = "rs485"
        model = "yosemitech-y532"
        address = 3
        interval = "{interval}"
          [[device.channel]]
          id = "ph"
          output = "ph"
        [buffer]
        folder = "{folder}/buffer"
        {rest}

        """;
}
