namespace PondSentinel.Gateway.Configuration;

/// <summary>The sensor models a configuration may name.</summary>
public static class Models
{
    /// <summary>By id.</summary>
    public static IReadOnlyDictionary<string, ModelFacts> Known { get; } =
        new Dictionary<string, ModelFacts>(StringComparer.Ordinal);
}
