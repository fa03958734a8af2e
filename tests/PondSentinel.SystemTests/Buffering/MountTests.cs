namespace PondSentinel.SystemTests.Buffering;

/// <summary>Tests that mount file systems. One at a time: each keeps a disk and both cores busy.</summary>
[CollectionDefinition(Name)]
public sealed class MountTests
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "mounts";
}
