namespace PondSentinel.Sensors;

/// <summary>A relay that something at the site hangs on: a siren, the contactor of a pump.</summary>
/// <remarks>What happens to it in the field is a text for the person at the pond, not an exception. One caller at a time. Disposing
/// releases it.</remarks>
public interface IRelay : IDisposable
{
    /// <summary>Trips or releases it, and takes hold of its line first where it has none.</summary>
    /// <param name="on">Whether it is to be tripped.</param>
    /// <returns>Null, or what is wrong and what to do; then nobody knows how it stands, and the next call tries anew.</returns>
    string? Switch(bool on);
}
