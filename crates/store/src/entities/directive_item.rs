use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "directive_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub directive_id: i64,
    pub position: i64,
    pub start_char: Option<i64>,
    pub end_char: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub span: String,
    #[sea_orm(column_type = "Text")]
    pub action: String,
    #[sea_orm(column_type = "Text")]
    pub standard: String,
    #[sea_orm(column_type = "Text")]
    pub units: String,
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub comparator: Option<String>,
    pub quantity_milli: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub quantity_text: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub quantity_unit: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub deadline: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub frequency: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub due_on: Option<String>,
    pub is_due_asked: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub indicator: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub measure: String,
    pub weight_hundredths: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub owner: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub owner_level: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub state: String,
    pub merged_into: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub updated_at: String,
    pub updated_by: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
