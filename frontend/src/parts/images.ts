/** Names of files that show something: pictures, and point clouds, which are seen as height maps. */
export const IMAGE = /\.(jpe?g|png|bmp|tiff?|webp|gif|jp2|p[gnp]m|ply|pcd)$/i;
