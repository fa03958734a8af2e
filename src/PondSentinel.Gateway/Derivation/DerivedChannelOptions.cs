using PondSentinel.Derivation;

namespace PondSentinel.Gateway.Derivation;

/// <summary>How a derived channel is computed: its formula, and where its inputs come from.</summary>
/// <param name="Id">The channel.</param>
/// <param name="Formula">The formula.</param>
/// <param name="Sources">Where each input comes from, in the order of the formula's: <c>device.channel</c>, or a column; null where it is left
/// out.</param>
/// <param name="Constants">The constants, in the order of the formula's.</param>
/// <param name="Period">How long it looks back; zero for one that does not.</param>
public sealed record DerivedChannelOptions(
    string Id, Formula Formula, IReadOnlyList<string?> Sources, IReadOnlyList<double> Constants, TimeSpan Period);
