namespace PondSentinel.SystemTests.Links.Chaos;

/// <summary>What will go wrong in a run: follows from one number.</summary>
internal static class ChaosPlan
{
    /// <summary>The backend.</summary>
    public const string Backend = "backend";

    /// <summary>The link of the backend to the broker.</summary>
    public const string BackendLink = "link backend";

    /// <summary>The broker.</summary>
    public const string Broker = "broker";

    /// <summary>The store.</summary>
    public const string Store = "store";

    /// <summary>The link of the backend to the store.</summary>
    public const string StoreLink = "link store";

    /// <summary>The network of the gateways.</summary>
    public const string Net = "net";

    private static readonly Harm[] OfLinks = [Harm.Hold, Harm.Freeze, Harm.Reset, Harm.Cut, Harm.Refuse, Harm.Slow];

    /// <summary>The link of a gateway to the broker.</summary>
    /// <param name="gateway">The gateway.</param>
    public static string LinkOf(string gateway) => $"link {gateway}";

    /// <summary>Draws the faults.</summary>
    /// <param name="seed">The number.</param>
    /// <param name="count">How many faults.</param>
    /// <param name="gateways">The gateways.</param>
    public static IReadOnlyList<ChaosFault> Draw(int seed, int count, IReadOnlyList<string> gateways)
    {
        (string Target, Harm[] Harms)[] targets =
        [
            .. gateways.Select(gateway => (gateway, new[] { Harm.Kill, Harm.Pause })),
            .. gateways.Select(gateway => (LinkOf(gateway), OfLinks)),
            (Backend, [Harm.Kill, Harm.Pause]),
            (BackendLink, OfLinks),
            (Broker, [Harm.Kill, Harm.KillAndForget, Harm.Pause]),
            (Store, [Harm.Kill, Harm.Pause]),
            (StoreLink, [Harm.Hold, Harm.Reset, Harm.Cut, Harm.Refuse, Harm.Slow, Harm.Fail, Harm.Deafen]),
            (Net, [Harm.Lose, Harm.Pull]),
        ];
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                var (target, harms) = targets[random.Next(targets.Length)];
                return new ChaosFault(
                    target,
                    harms[random.Next(harms.Length)],
                    random.Next(1, 101),
                    TimeSpan.FromMilliseconds(random.Next(200, 6000)),
                    TimeSpan.FromMilliseconds(random.Next(100, 2200)));
            }),
        ];
    }
}
