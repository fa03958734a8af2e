namespace PondSentinel.Sensors;

/// <summary>The sensor models there are.</summary>
public static class SensorCatalogue
{
    /// <summary>By id.</summary>
    public static IReadOnlyDictionary<string, SensorModel> Models { get; } =
        new Dictionary<string, SensorModel>(StringComparer.Ordinal);
}
