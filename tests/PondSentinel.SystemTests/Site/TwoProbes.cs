namespace PondSentinel.SystemTests.Site;

/// <summary>A gateway with two probes on one line, <c>ph</c> at 3 and <c>turb</c> at 7, and twins that stand in for them.</summary>
internal static class TwoProbes
{
    /// <summary>Starts the twins of its configuration.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="rest">What the configuration holds besides, after the probes.</param>
    /// <param name="interval">Interval of each probe.</param>
    /// <param name="every">How often the twins are asked.</param>
    /// <param name="device">Lines that each probe has besides.</param>
    public static async Task<TwinProcess> StartAsync(
        string folder, string rest = "", string interval = "1m", string every = "1s", string device = "")
    {
        var file = Path.Combine(folder, "probes.toml");
        await File.WriteAllTextAsync(file, Text(interval, device, rest), TestContext.Current.CancellationToken);
        return await TwinProcess.StartAsync(folder, file, every);
    }

    private static string Text(string interval, string device, string rest) =>
        $"""
        [gateway]
        id = "gz-07"
        site = "zudong"
        [[station]]
        id = "pond"
        [[bus]]
        id = "rs485"
        kind = "serial"
        port = "/dev/pond-a"
        [[device]]
        id = "ph"
        station = "pond"
        bus = "rs485"
        model = "yosemitech-y532"
        address = 3
        interval = "{interval}"
        {device}
          [[device.channel]]
          id = "ph"
          output = "ph"
        [[device]]
        id = "turb"
        station = "pond"
        bus = "rs485"
        model = "yosemitech-y511"
        address = 7
        interval = "{interval}"
        {device}
          [[device.channel]]
          id = "turbidity"
          output = "turbidity"
        {rest}
        """;
}
