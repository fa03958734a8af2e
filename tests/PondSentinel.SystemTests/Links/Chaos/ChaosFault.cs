using System.Globalization;

namespace PondSentinel.SystemTests.Links.Chaos;

/// <summary>What a fault does to its target.</summary>
internal enum Harm
{
    /// <summary>A process is killed, and started again.</summary>
    Kill,

    /// <summary>The broker is killed and loses all that it had saved.</summary>
    KillAndForget,

    /// <summary>A process stands still.</summary>
    Pause,

    /// <summary>Nothing passes a link.</summary>
    Hold,

    /// <summary>The connections of a link die and nobody is told.</summary>
    Freeze,

    /// <summary>The connections of a link are reset.</summary>
    Reset,

    /// <summary>The connections of a link are reset in the middle of what they carry.</summary>
    Cut,

    /// <summary>A link takes no new connections, and has lost its old ones.</summary>
    Refuse,

    /// <summary>A link is slow.</summary>
    Slow,

    /// <summary>The store answers 500.</summary>
    Fail,

    /// <summary>The store does what it is asked, and nobody hears its answers.</summary>
    Deafen,

    /// <summary>The gateways' network loses packets.</summary>
    Lose,

    /// <summary>The gateways' network is unplugged.</summary>
    Pull,
}

/// <summary>One fault.</summary>
/// <param name="Target">Whom it hits: a gateway, its <c>link …</c>, or one of <see cref="ChaosPlan"/>.</param>
/// <param name="Harm">What it does.</param>
/// <param name="Amount">How much, 1 to 100: bytes before a cut, packets lost of twice a hundred.</param>
/// <param name="Lasts">Until it is healed.</param>
/// <param name="Before">How long after the fault before it.</param>
internal sealed record ChaosFault(string Target, Harm Harm, int Amount, TimeSpan Lasts, TimeSpan Before)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"+{Before.TotalSeconds:0.0} s {Target}: {Harm} {Amount} for {Lasts.TotalSeconds:0.0} s");
}
